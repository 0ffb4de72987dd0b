import { createHash } from 'node:crypto'
import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { createRateLimit, EdgeRefusal, edgeAnswer, readEdgeBody, requestIdOf } from '../../pipeline/edge-http.ts'
import { RejectedRecordsError } from '../../pipeline/errors.ts'
import type { BatchOf } from '../../pipeline/model/index.ts'
import { type ObserverEvent, observerEvent, recordOf } from './event.ts'
import { checkSignature } from './signature.ts'

const MAX_FAULTS = 20

const config = z.strictObject({
  secrets: z
    .array(z.string())
    .default([])
    .describe('Shared secrets, any of which may sign; empty ones are left out. Without one, nothing is taken.'),
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
    const refused = context.meter.createCounter('sensorium_receiver_refused_requests', {
      description: 'Requests that were not taken as a whole, by reason.',
    })
    const allow = createRateLimit(settings.requests_per_s, settings.burst_requests)
    const take = createIntake(settings, next, context, stopping.signal)
    context.http.post('/ingest/:product', async c => {
      const requestId = requestIdOf(c)
      c.header('x-request-id', requestId)
      const hold = context.admission.hold()
      try {
        allow(performance.now())
        if (context.admission.isFull) throw context.admission.refusal()
        const body = await readEdgeBody(c, settings.max_body_bytes, hold)
        return c.json({ ok: true, ...(await take(c, body)), request_id: requestId }, 202)
      } catch (error) {
        const { response, cause } = edgeAnswer(c, error, requestId)
        refused.add(1, { receiver: context.id, transport: 'http', reason: String(response.status) })
        if (cause !== undefined) context.logger.error({ err: cause, requestId }, 'a request failed unexpectedly')
        return response
      } finally {
        hold.release()
      }
    })
    context.http.all('/ingest/:product', c => {
      c.header('allow', 'POST')
      return c.json({ error: 'send events with POST', request_id: requestIdOf(c) }, 405)
    })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

interface Receipt {
  readonly accepted: number
  /** Events that the database refused; they are in dead_letters. */
  readonly rejected: number
}

function createIntake(settings: Settings, next: Consume, context: Context, stopping: AbortSignal) {
  const signing = {
    secrets: settings.secrets.filter(secret => secret !== ''),
    toleranceSeconds: settings.timestamp_tolerance_s,
  }

  return async function take(c: HonoContext, body: Buffer): Promise<Receipt> {
    const product = c.req.param('product') ?? ''
    const timestamp = c.req.header('x-pulse-timestamp')
    const fault = checkSignature(body, c.req.header('x-pulse-signature'), timestamp, signing, Date.now())
    if (fault !== undefined) throw new EdgeRefusal(401, fault)
    if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(product)) {
      throw new EdgeRefusal(404, 'a product is letters, digits, dashes and underscores, such as /ingest/buddy')
    }
    const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
    if (type !== 'application/json') throw new EdgeRefusal(415, 'send application/json')
    const events = readEvents(body, product, settings.max_events)
    const receivedUnixNano = BigInt(Date.now()) * 1_000_000n
    const items = events.map(event => recordOf(event, product, receivedUnixNano))
    const account = { receiver: context.id, received: items.length, dropped: new Map(), rejected: [] }
    const id = createHash('sha256').update(`observer ${product} `).update(body).digest('base64url')
    const batch: BatchOf<'logs'> = { id, signal: 'logs', items, bytes: body.length, account }
    let rejected = 0
    try {
      await next(batch, stopping)
    } catch (error) {
      if (!(error instanceof RejectedRecordsError)) throw error
      rejected = error.rejected
      context.counts.refused(context.id, 'logs', 'refused', rejected)
    }
    context.counts.accepted(context.id, 'logs', events.length - rejected)
    return { accepted: events.length - rejected, rejected }
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** @throws EdgeRefusal 400 naming every fault with its place: none of the events is taken */
function readEvents(body: Buffer, product: string, maxEvents: number): ObserverEvent[] {
  let json: unknown
  try {
    json = JSON.parse(decoder.decode(body))
  } catch (error) {
    throw new EdgeRefusal(400, `the body is not JSON: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
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
