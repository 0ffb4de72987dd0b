import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'

/** Requests that are kept in mind; the ledger knows those from before, and those of other replicas. */
const MAX_KEPT = 10_000

/**
 * A signature covers the body and not the address. So the body that one product sent is not taken from another, where
 * both sign with the same secret: whoever has seen the request could send it on in another's name.
 */
export function createReplayCheck(): (requestId: string, product: string) => void {
  const productOf = new Map<string, string>()
  return (requestId, product) => {
    const first = productOf.get(requestId)
    if (first !== undefined && first !== product) {
      const message = `this body, signed with this secret, came for ${first}; name the product in the body, or give each product a secret of its own (product_secrets)`
      throw new EdgeRefusal(409, message)
    }
    productOf.set(requestId, product)
    if (productOf.size > MAX_KEPT) productOf.delete(productOf.keys().next().value!)
  }
}
