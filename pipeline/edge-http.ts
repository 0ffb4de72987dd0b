import { randomUUID } from 'node:crypto'
import type { Context as HonoContext } from 'hono'
import type { Hold } from './admission.ts'
import { errorText, OverloadedError, PermanentError, UnavailableError } from './errors.ts'

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

/** How long a sender waits after an error that we did not expect. */
const UNEXPECTED_RETRY_AFTER_MS = 5_000
const MAX_REQUEST_ID_CHARS = 128

/** The sender's own `x-request-id` where it is printable and short, else a new one. */
export function requestIdOf(c: HonoContext): string {
  const given = c.req.header('x-request-id') ?? ''
  return /^[\x21-\x7e]+$/.test(given) && given.length <= MAX_REQUEST_ID_CHARS ? given : randomUUID()
}

/** @throws EdgeRefusal 413 past `maxBytes`, 400 for a body that breaks off; OverloadedError */
export async function readEdgeBody(c: HonoContext, maxBytes: number, hold: Hold): Promise<Buffer> {
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
export function edgeAnswer(c: HonoContext, error: unknown, requestId: string): { response: Response; cause?: unknown } {
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

/** Lets `perSecond` through in the long run, and `burst` at once. */
export function createRateLimit(perSecond: number, burst: number): (nowMs: number) => void {
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
