import { createHash } from 'node:crypto'
import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import {
  addEdgeRoute,
  createRateLimit,
  type EdgeReceipt,
  EdgeRefusal,
  handOn,
  readEdgeJson,
} from '../../pipeline/edge-http.ts'
import { type ObserverEvent, observerEvent, recordOf } from './event.ts'
import { checkSignature } from './signature.ts'

const MAX_FAULTS = 20

const config = z.strictObject({
  secrets: z
    .array(z.string().nullish())
    .default([])
    .describe(
      'Shared secrets, any of which may sign; an empty one, as an unset variable leaves, is passed over. Without one, nothing is taken.',
    ),
  timestamp_tolerance_s: z
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('How far x-pulse-timestamp may be from this clock, where a sender signs one.'),
  max_body_bytes: z.int().min(1_024).max(16_777_216).default(1_048_576).describe('Largest body.'),
  max_events: z.int().min(1).max(100_000).default(1_000).describe('Most events in one array.'),
  requests_per_s: z.number().min(0.1).default(500).describe('Requests a second in the long run; past it 429.'),
  burst_requests: z.int().min(1).default(2_000).describe('Requests at once after a quiet time.'),
})
type Settings = z.output<typeof config>

export const observer = define({
  kind: 'receiver',
  type: 'observer',
  summary:
    'Takes application events over a signed webhook: POST /ingest/PRODUCT on the HTTP port of the application, answered once they are stored.',
  signals: ['logs'],
  config,
  examples: [{}, { secrets: ['the-new-secret', 'the-old-secret'], max_events: 100 }],
  create(settings, next, context) {
    const stopping = new AbortController()
    addEdgeRoute(context, {
      path: '/ingest/:product',
      maxBodyBytes: settings.max_body_bytes,
      allow: createRateLimit(settings.requests_per_s, settings.burst_requests),
      take: createIntake(settings, next, context, stopping.signal),
    })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

function createIntake(settings: Settings, next: Consume, context: Context, stopping: AbortSignal) {
  const signing = {
    secrets: settings.secrets.flatMap(secret =>
      secret === undefined || secret === null || secret === '' ? [] : [secret],
    ),
    toleranceSeconds: settings.timestamp_tolerance_s,
  }

  return async function take(c: HonoContext, body: Buffer): Promise<EdgeReceipt> {
    const product = c.req.param('product') ?? ''
    const timestamp = c.req.header('x-pulse-timestamp')
    const fault = checkSignature(body, c.req.header('x-pulse-signature'), timestamp, signing, Date.now())
    if (fault !== undefined) throw new EdgeRefusal(401, fault)
    if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(product)) {
      throw new EdgeRefusal(404, 'a product is letters, digits, dashes and underscores, such as /ingest/buddy')
    }
    const events = readEvents(readEdgeJson(c, body), product, settings.max_events)
    const receivedUnixNano = BigInt(Date.now()) * 1_000_000n
    const items = events.map(event => recordOf(event, product, receivedUnixNano))
    const id = createHash('sha256').update(`observer ${product} `).update(body).digest('base64url')
    return handOn(context, next, stopping, { id, items, bytes: body.length })
  }
}

/** @throws EdgeRefusal 400 naming every fault with its place: none of the events is taken */
function readEvents(json: unknown, product: string, maxEvents: number): ObserverEvent[] {
  const list = Array.isArray(json) ? json : [json]
  if (list.length === 0) throw new EdgeRefusal(400, 'the array holds no event')
  if (list.length > maxEvents) {
    throw new EdgeRefusal(413, `${list.length} events in one request; send ${maxEvents} at most (max_events)`)
  }
  const faults: { readonly event: number; readonly key: string; readonly fault: string }[] = []
  const events = list.flatMap((item, event) => {
    const parsed = parseEvent(item)
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) faults.push({ event, key: path.join('.'), fault: message })
      return []
    }
    if (parsed.data.product !== undefined && parsed.data.product !== product) {
      faults.push({ event, key: 'product', fault: `is ${parsed.data.product}, but the address says ${product}` })
    }
    return [parsed.data]
  })
  if (faults.length > 0) {
    const { event, key, fault } = faults[0]!
    const message = `event ${event}${key === '' ? '' : `, ${key}`}: ${fault}; no event of this request was taken`
    throw new EdgeRefusal(400, message, { details: { faults: faults.slice(0, MAX_FAULTS) } })
  }
  return events
}

function parseEvent(item: unknown) {
  try {
    return observerEvent.safeParse(item)
  } catch (error) {
    if (error instanceof RangeError) throw new EdgeRefusal(400, 'the body is nested too deeply; send flatter objects')
    throw error
  }
}
