import { randomUUID } from 'node:crypto'
import type { Context as HonoContext } from 'hono'
import type { Hold } from './admission.ts'
import type { Consume, Context } from './component.ts'
import { errorText, OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from './errors.ts'
import type { LogRecord } from './model/index.ts'

/** A request that an edge receiver does not take: a status, and a sentence that says what to do. */
export class EdgeRefusal extends Error {
  readonly status: 400 | 401 | 404 | 405 | 409 | 413 | 415 | 429
  /** More about it for machines, such as the place of each fault. */
  readonly details: object
  readonly retryAfterMs: number | undefined

  constructor(
    status: EdgeRefusal['status'],
    message: string,
    options: { details?: object; retryAfterMs?: number } = {},
  ) {
    super(message)
    this.status = status
    this.details = options.details ?? {}
    this.retryAfterMs = options.retryAfterMs
  }
}

/** A way in for what is not OTLP, on the application's HTTP server. */
export interface EdgeRoute {
  readonly path: string
  readonly maxBodyBytes: number
  /** @throws EdgeRefusal 429 */
  readonly allow: RateLimit
  /** Takes the body, and resolves to what is answered with 202 once its records are safe. */
  take(c: HonoContext, body: Buffer): Promise<object>
}

/**
 * Adds POST at `path`: bounded, limited, with a request id in the answer, 503 and Retry-After under back-pressure, and
 * everything that was refused counted. Other methods are 405.
 */
export function addEdgeRoute(context: Context, { path, maxBodyBytes, allow, take }: EdgeRoute): void {
  const refused = context.meter.createCounter('sensorium_receiver_refused_requests', {
    description: 'Requests that were not taken as a whole, by reason.',
  })
  context.http.post(path, async c => {
    const requestId = requestIdOf(c)
    c.header('x-request-id', requestId)
    const hold = context.admission.hold()
    try {
      allow(performance.now())
      if (context.admission.isFull) throw context.admission.refusal()
      const body = await readEdgeBody(c, maxBodyBytes, hold)
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
  context.http.all(path, c => {
    c.header('allow', 'POST')
    return c.json({ error: 'send events with POST', request_id: requestIdOf(c) }, 405)
  })
}

export interface EdgeReceipt {
  readonly accepted: number
  /** Records that the database refused; they are in dead_letters. */
  readonly rejected: number
}

/** Hands one request's records on, and books them. `id` must be the same for the same request. */
export async function handOn(
  context: Context,
  next: Consume,
  signal: AbortSignal,
  { id, items, bytes }: { readonly id: string; readonly items: readonly LogRecord[]; readonly bytes: number },
): Promise<EdgeReceipt> {
  const account = { receiver: context.id, received: items.length, dropped: new Map(), rejected: [] }
  let rejected = 0
  try {
    await next({ id, signal: 'logs', items, bytes, account }, signal)
  } catch (error) {
    if (!(error instanceof RejectedRecordsError)) throw error
    rejected = error.rejected
    context.counts.refused(context.id, 'logs', 'refused', rejected)
  }
  context.counts.accepted(context.id, 'logs', items.length - rejected)
  return { accepted: items.length - rejected, rejected }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The body as JSON. @throws EdgeRefusal 415 for another content type, 400 for what is not JSON */
export function readEdgeJson(c: HonoContext, body: Buffer): unknown {
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw new EdgeRefusal(415, 'send application/json')
  try {
    return JSON.parse(decoder.decode(body))
  } catch (error) {
    throw new EdgeRefusal(400, `the body is not JSON: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}

/** How long a sender waits after an error that we did not expect. */
const UNEXPECTED_RETRY_AFTER_MS = 5_000
const MAX_REQUEST_ID_CHARS = 128

/** The sender's own `x-request-id` where it is printable and short, else a new one. */
function requestIdOf(c: HonoContext): string {
  const given = c.req.header('x-request-id') ?? ''
  return /^[\x21-\x7e]+$/.test(given) && given.length <= MAX_REQUEST_ID_CHARS ? given : randomUUID()
}

/** @throws EdgeRefusal 413 past `maxBytes`, 400 for a body that breaks off; OverloadedError */
async function readEdgeBody(c: HonoContext, maxBytes: number, hold: Hold): Promise<Buffer> {
  const tooLarge = () =>
    new EdgeRefusal(413, `the body is larger than ${maxBytes} bytes (max_body_bytes); send less at once`)
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of c.req.raw.body ?? []) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge()
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof EdgeRefusal || error instanceof OverloadedError) throw error
    throw new EdgeRefusal(400, 'the connection closed before the whole body had arrived')
  }
  return Buffer.concat(chunks, length)
}

/** The answer for anything that was thrown. `cause` is set where it is ours to look into. */
function edgeAnswer(c: HonoContext, error: unknown, requestId: string): { response: Response; cause?: unknown } {
  const body = (message: string, details: object = {}) => ({ error: message, request_id: requestId, ...details })
  const later = (message: string, retryAfterMs: number) => {
    c.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
    return c.json(body(message), 503)
  }
  if (error instanceof EdgeRefusal) {
    if (error.retryAfterMs !== undefined) c.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)))
    // What is left of a body that we did not read would otherwise be taken for the next request.
    if (error.status === 413) c.header('connection', 'close')
    return { response: c.json(body(error.message, error.details), error.status) }
  }
  if (error instanceof OverloadedError || error instanceof UnavailableError) {
    return { response: later(errorText(error), error.retryAfterMs) }
  }
  if (error instanceof PermanentError) return { response: c.json(body(errorText(error)), 400) }
  return {
    response: later('an internal error; the server log has the details', UNEXPECTED_RETRY_AFTER_MS),
    cause: error,
  }
}

export type RateLimit = (nowMs: number) => void

/** Lets `perSecond` through in the long run, and `burst` at once. */
export function createRateLimit(perSecond: number, burst: number): RateLimit {
  let tokens = burst
  let lastMs: number | undefined
  return nowMs => {
    tokens = Math.min(burst, tokens + ((nowMs - (lastMs ?? nowMs)) / 1000) * perSecond)
    lastMs = nowMs
    if (tokens < 1) {
      const message = `more than ${perSecond} requests a second (requests_per_s); send several events in one request`
      throw new EdgeRefusal(429, message, { retryAfterMs: ((1 - tokens) / perSecond) * 1000 })
    }
    tokens -= 1
  }
}
