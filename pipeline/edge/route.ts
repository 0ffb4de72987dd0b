import type { HttpBindings } from '@hono/node-server'
import type { Context as HonoContext } from 'hono'
import type { Context } from '../component.ts'
import { errorText, OverloadedError, PermanentError, UnavailableError } from '../errors.ts'
import { senderOf } from '../sender.ts'
import { readEdgeBody, refuseEncoding } from './body.ts'
import { createRateLimits } from './limits.ts'
import { EdgeRefusal } from './refusal.ts'
import { requestIdOf } from './request-id.ts'

/** What the headers told of a sender. */
export interface Admitted {
  /** The token or key that it showed and that is known. */
  readonly token?: string | undefined
  /** Where the body is the proof: the secret that it was signed with. @throws EdgeRefusal 401 */
  readonly prove?: (body: Buffer) => string
}

/** A way in for what is not OTLP, on the application's HTTP server. */
export interface EdgeRoute {
  readonly path: string
  /** As `edgeLimits` has them. */
  readonly limits: {
    readonly max_body_bytes: number
    readonly requests_per_s: number
    readonly burst_requests: number
  }
  /**
   * Asks who sends, by what the headers tell, before any of the body is read.
   * @throws EdgeRefusal 401, 403, 404
   */
  admit(c: HonoContext): Admitted | Promise<Admitted>
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
  const rates = createRateLimits(limits.requests_per_s, limits.burst_requests)
  const refused = context.meter.createCounter('sensorium_receiver_refused_requests', {
    description: 'Requests that were not taken as a whole, by reason.',
  })

  async function answered(c: HonoContext, work: (requestId: string) => Promise<Response>): Promise<Response> {
    const requestId = requestIdOf(c)
    c.header('x-request-id', requestId)
    try {
      return await work(requestId)
    } catch (error) {
      const { response, cause } = edgeAnswer(c, error, requestId)
      refused.add(1, { receiver: context.id, transport: 'http', reason: String(response.status) })
      if (cause !== undefined) context.logger.error({ err: cause, requestId }, 'a request failed unexpectedly')
      return response
    }
  }

  /** Books a refusal for want of a token, and passes on what `work` makes. */
  async function known<T>(address: string | undefined, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof EdgeRefusal && error.status === 401) rates.failed(senderOf(address), performance.now())
      throw error
    }
  }

  async function post(c: HonoContext, requestId: string): Promise<Response> {
    const address = addressOf(c)
    const { token, prove } = await known(address, () => route.admit(c))
    const sender = senderOf(address, token)
    if (prove === undefined) rates.allow(sender, performance.now())
    context.admission.knock()
    const cut = Promise.withResolvers<never>()
    const hold = context.admission.hold(sender, cut.reject)
    try {
      const body = await Promise.race([readEdgeBody(c, limits.max_body_bytes, hold), cut.promise])
      hold.arrived()
      if (prove !== undefined) {
        const secret = await known(address, () => prove(body))
        rates.allow(senderOf(address, secret), performance.now())
      }
      if (!route.decompresses) refuseEncoding(c)
      const receipt = await take(c, body)
      return route.answer?.(c, receipt) ?? c.json({ ok: true, ...receipt, request_id: requestId }, 202)
    } finally {
      hold.release()
    }
  }

  async function get(c: HonoContext, requestId: string): Promise<Response> {
    const address = addressOf(c)
    const answer = await known(address, () => read!(c)) // only where there is one
    rates.allow(senderOf(address), performance.now())
    return c.json({ ...answer, request_id: requestId })
  }

  context.http.all(path, async (c, next) => {
    if (except.includes(c.req.path)) return next()
    if (c.req.method === 'POST') return answered(c, requestId => post(c, requestId))
    if (c.req.method === 'GET' && read !== undefined) return answered(c, requestId => get(c, requestId))
    const requestId = requestIdOf(c)
    c.header('x-request-id', requestId)
    c.header('allow', read === undefined ? 'POST' : 'GET, POST')
    return c.json({ error: `${c.req.method} is not for this address; send with POST`, request_id: requestId }, 405)
  })
}

/** Where the request comes from; tests without a socket have none. */
export function addressOf(c: HonoContext): string | undefined {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings> // what serve() hands over
  return incoming?.socket.remoteAddress
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
