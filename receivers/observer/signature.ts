import { createHmac, timingSafeEqual } from 'node:crypto'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'

export interface SignedHeaders {
  /** `x-pulse-signature` */
  readonly signature: string | undefined
  /** `x-pulse-timestamp` */
  readonly timestamp: string | undefined
}

export interface SignatureOptions {
  /** Any of them will do: the new one and the old one while secrets are changed. */
  readonly secrets: readonly string[]
  /** How old a signed timestamp may be, and how far ahead of our clock. */
  readonly toleranceSeconds: number
}

const MISFIT =
  'x-pulse-signature does not fit: sign the very bytes that are sent, with the secret that this server knows'

/**
 * Makes of the headers what proves a body: HMAC-SHA256 in hex over its bytes as they were sent. With
 * `x-pulse-timestamp` (seconds since 1970) it is over `TIMESTAMP.BODY`, so that the time cannot be changed, and old
 * requests are refused. The proof takes the same time for every wrong signature, and tells the secret that fits.
 * @throws EdgeRefusal 401, from here where the headers alone show that no body will fit
 */
export function signatureProof(
  { signature, timestamp }: SignedHeaders,
  { secrets, toleranceSeconds }: SignatureOptions,
  nowMs: number,
): (body: Buffer) => string {
  const fault = headersFault(signature, timestamp, secrets)
  if (fault !== undefined) throw new EdgeRefusal(401, fault)
  if (timestamp !== undefined && Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) {
    const message = `x-pulse-timestamp is more than ${toleranceSeconds} s from this server's clock; sign again with the time of sending`
    throw new EdgeRefusal(401, message)
  }
  const given = Buffer.from(signature!.trim().toLowerCase()) // headersFault has seen it
  return body => {
    let known: string | undefined
    for (const secret of secrets) {
      const hmac = createHmac('sha256', secret)
      if (timestamp !== undefined) hmac.update(`${timestamp}.`)
      if (timingSafeEqual(Buffer.from(hmac.update(body).digest('hex')), given)) known = secret
    }
    if (known === undefined) throw new EdgeRefusal(401, MISFIT)
    return known
  }
}

/** Why no body can fit these headers. */
function headersFault(
  signature: string | undefined,
  timestamp: string | undefined,
  secrets: readonly string[],
): string | undefined {
  if (secrets.length === 0)
    return 'this server has no secret yet: set PULSE_INGEST_SECRET, or secrets in its configuration'
  if (signature === undefined) {
    return 'the header x-pulse-signature is missing: HMAC-SHA256 of the body with the shared secret, in hex'
  }
  if (timestamp !== undefined && !/^\d{9,11}$/.test(timestamp)) return 'x-pulse-timestamp is not in seconds since 1970'
  return /^[0-9a-f]{64}$/i.test(signature.trim()) ? undefined : MISFIT
}
