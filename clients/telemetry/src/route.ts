import { type ClientRequest, IncomingMessage } from 'node:http'
import type { Span } from '@opentelemetry/api'

/**
 * Names the span of a request by the pattern that Express and its kin matched, `/orders/:id`, which they leave on the
 * request: without it, each address would be an operation of its own or all of them one.
 */
export function nameByRoute(span: Span, request: ClientRequest | IncomingMessage): void {
  if (!(request instanceof IncomingMessage)) return
  const { baseUrl, route } = request as { baseUrl?: unknown; route?: { path?: unknown } } // set by Express
  if (typeof route?.path !== 'string') return
  const pattern = `${typeof baseUrl === 'string' ? baseUrl : ''}${route.path}`
  span.setAttribute('http.route', pattern)
  span.updateName(`${request.method ?? 'GET'} ${pattern}`)
}
