import type { Context as HonoContext } from 'hono'
import type { Context } from '../component.ts'
import { errorText, OverloadedError, PermanentError, UnavailableError } from '../errors.ts'
import { readEdgeBody, refuseEncoding } from './body.ts'
import { createRateLimit } from './limits.ts'
import { EdgeRefusal } from './refusal.ts'
import { requestIdOf } from './request-id.ts'

/** A way in for what is not OTLP, on the application's HTTP server. */
export interface EdgeRoute {
  readonly path: string
  /** As `edgeLimits` has them. */
  readonly limits: {
    readonly max_body_bytes: number
    readonly requests_per_s: number
    readonly burst_requests: number
  }
  /** Takes the body, and resolves to what is answered once its records are safe. */
  take(c: HonoContext, body: Buffer): Promise<object>
  /** `take` undoes what `content-encoding` names; otherwise a compressed body is 415. */
  readonly decompresses?: boolean
  /** Answers GET. */
  read?(c: HonoContext): Promise<object>
  /** Answers what the sender's protocol expects for `take`'s receipt, instead of 202 and the receipt. */
  answer?(c: HonoContext, receipt: object): Response
  /** Paths below `path` that are another receiver's. */
  readonly except?: readonly string[]
}

/**
 * Adds POST, and GET where there is `read`, at `path`: bounded, limited, with a request id in the answer, 503 and
 * Retry-After under back-pressure, and everything that was refused counted. Other methods are 405.
 */
export function addEdgeRoute(context: Context, route: EdgeRoute): void {
  const { path, limits, take, read, except = [] } = route
  const allow = createRateLimit(limits.requests_per_s, limits.burst_requests)
  const refused = context.meter.createCounter('sensorium_receiver_refused_requests', {
    description: 'Requests that were not taken as a whole, by reason.',
  })

  async function answered(c: HonoContext, work: (requestId: string) => Promise<Response>): Promise<Response> {
    const requestId = requestIdOf(c)
    c.header('x-request-id', requestId)
    try {
      allow(performance.now())
      return await work(requestId)
    } catch (error) {
      const { response, cause } = edgeAnswer(c, error, requestId)
      refused.add(1, { receiver: context.id, transport: 'http', reason: String(response.status) })
      if (cause !== undefined) context.logger.error({ err: cause, requestId }, 'a request failed unexpectedly')
      return response
    }
  }

  async function post(c: HonoContext): Promise<Response> {
    const hold = context.admission.hold()
    try {
      return await answered(c, async requestId => {
        if (context.admission.isFull) throw context.admission.refusal()
        const body = await readEdgeBody(c, limits.max_body_bytes, hold)
        if (!route.decompresses) refuseEncoding(c)
        const receipt = await take(c, body)
        return route.answer?.(c, receipt) ?? c.json({ ok: true, ...receipt, request_id: requestId }, 202)
      })
    } finally {
      hold.release()
    }
  }

  context.http.all(path, async (c, next) => {
    if (except.includes(c.req.path)) return next()
    if (c.req.method === 'POST') return post(c)
    if (c.req.method === 'GET' && read !== undefined) {
      return answered(c, async requestId => c.json({ ...(await read(c)), request_id: requestId }))
    }
    const requestId = requestIdOf(c)
    c.header('x-request-id', requestId)
    c.header('allow', read === undefined ? 'POST' : 'GET, POST')
    return c.json({ error: `${c.req.method} is not for this address; send with POST`, request_id: requestId }, 405)
  })
}

/** How long a sender waits after an error that we did not expect. */
const UNEXPECTED_RETRY_AFTER_MS = 5_000

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
