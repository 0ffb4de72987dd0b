import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { presentSecrets, secretList } from '../../pipeline/edge/access.ts'
import { type Fault, readEdgeItems, readEdgeJson, refuseFaults } from '../../pipeline/edge/body.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import { nowUnixNano } from '../../pipeline/edge/record.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { type ObserverEvent, observerEvent, recordOf } from './event.ts'
import { createReplayCheck } from './replays.ts'
import { signatureProof } from './signature.ts'

const PRODUCT = /^[a-z0-9][a-z0-9_-]{0,63}$/i
/** Paths that another receiver has: no product may be called so. */
const RESERVED = ['/ingest/ci']

export const observer = define({
  kind: 'receiver',
  type: 'observer',
  summary:
    'Takes application events over a signed webhook: POST /ingest/PRODUCT on the HTTP port of the application, answered once they are stored.',
  signals: ['logs'],
  config: z.strictObject({
    secrets: secretList('Shared secrets that sign requests; without one, nothing is taken.'),
    product_secrets: z
      .record(
        z.string().regex(PRODUCT, 'a product is letters, digits, dashes and underscores'),
        secretList('Of one product.'),
      )
      .default({})
      .describe('Secrets of one product each, by its name. A product that has its own is taken with no other.'),
    timestamp_tolerance_s: z
      .int()
      .min(1)
      .max(86_400)
      .default(300)
      .describe('How far x-pulse-timestamp may be from this clock, where a sender signs one.'),
    max_events: z.int().min(1).max(100_000).default(1_000).describe('Most events in one array.'),
    ...edgeLimits(1_048_576),
  }),
  examples: [
    {},
    { secrets: ['the-new-secret', 'the-old-secret'], max_events: 100, product_secrets: { buddy: ['of-buddy-alone'] } },
  ],
  create(settings, next, context) {
    const stopping = new AbortController()
    const shared = presentSecrets(settings.secrets)
    const own = new Map(
      Object.entries(settings.product_secrets).map(([product, secrets]) => [product, presentSecrets(secrets)]),
    )
    const toleranceSeconds = settings.timestamp_tolerance_s
    const refuseReplay = createReplayCheck()
    addEdgeRoute(context, {
      path: '/ingest/:product',
      limits: settings,
      except: RESERVED,
      admit: c => {
        const product = c.req.param('product') ?? ''
        if (!PRODUCT.test(product)) {
          throw new EdgeRefusal(404, 'a product is letters, digits, dashes and underscores, such as /ingest/buddy')
        }
        const signed = { signature: c.req.header('x-pulse-signature'), timestamp: c.req.header('x-pulse-timestamp') }
        return { prove: signatureProof(signed, { secrets: own.get(product) ?? shared, toleranceSeconds }, Date.now()) }
      },
      take: async (c, body) => {
        const product = c.req.param('product') ?? ''
        const events = readEdgeItems(observerEvent, readEdgeJson(c, body), settings.max_events)
        refuseFaults(otherProducts(events, product))
        const receivedUnixNano = nowUnixNano()
        const items = events.map(event => recordOf(event, product, receivedUnixNano))
        // Where the secret is the product's, so is the request; else the same body is the same request for all of them.
        const id = own.has(product) ? batchId('observer', product, body) : batchId('observer', body)
        if (!own.has(product) && events.some(event => event.product === undefined)) refuseReplay(id, product)
        return handOn(context, next, stopping.signal, { id, signal: 'logs', items, bytes: body.length })
      },
    })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

function otherProducts(events: readonly ObserverEvent[], product: string): Fault[] {
  return events.flatMap((event, place) =>
    event.product === undefined || event.product === product
      ? []
      : [{ key: `${place}.product`, fault: `is ${event.product}, but the address says ${product}` }],
  )
}
