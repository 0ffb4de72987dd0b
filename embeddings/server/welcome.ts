import type { Context, MiddlewareHandler } from 'hono'
import { tokenCheck } from './access.ts'
import type { Batcher } from './batcher.ts'
import type { Metrics } from './metrics.ts'
import { RefusedError } from './refusal.ts'
import type { ServerSettings } from './settings.ts'

/** Counts a request and its answer, and hands on how many are under way. */
export function counted(path: string, metrics: Metrics, underWay: { count: number }): MiddlewareHandler {
  return async (c, next) => {
    underWay.count += 1
    try {
      await next()
    } finally {
      underWay.count -= 1
      metrics.request(path, c.res.status)
    }
  }
}

/** Lets a request in before its body is read, or throws why not. */
export function welcome(
  settings: ServerSettings,
  batcher: Batcher,
  underWay: { readonly count: number },
  stopping: AbortSignal,
): MiddlewareHandler {
  const isKnown = tokenCheck(settings.token)
  return (c, next) => {
    if (!isKnown(c.req.header('authorization'))) throw unauthenticated()
    if (stopping.aborted) throw new RefusedError(503, 'stopping', 'the service is ending; send again later', 1_000)
    assertJson(c)
    if (underWay.count > settings.max_concurrent_requests) {
      const message = `more than ${settings.max_concurrent_requests} requests at once (max_concurrent_requests)`
      throw new RefusedError(429, 'too_many_requests', message, 1_000)
    }
    batcher.assertRoom()
    return next()
  }
}

export function unauthenticated(): RefusedError {
  const message = 'the request needs the header "authorization: Bearer <token>" with the token of this service'
  return new RefusedError(401, 'unauthenticated', message)
}

function assertJson(c: Context): void {
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/json') return
  throw new RefusedError(415, 'unsupported_type', `content-type is "${type}"; send application/json`)
}
