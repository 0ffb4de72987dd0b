import type { Attributes } from './otlp.ts'
import type { Recording } from './recording.ts'
import { randomHex } from './session.ts'

/** A request under way. */
export interface StartedRequest {
  /** To be sent along; undefined where the address is neither ours nor on the list. */
  readonly traceparent: string | undefined
  /** 0: an answer of another origin, which hides its status. */
  answered(status: number): void
  failed(type: string, message: string): void
  /** Given up by the page itself, which is no failure. */
  aborted(): void
}

const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])

/** Undefined for requests that are not recorded: our own, and addresses such as `data:`. */
export function startRequest(recording: Recording, method: string, address: string): StartedRequest | undefined {
  const { page, view, isLoading } = recording
  const url = new URL(address, page.location.href)
  if (!/^https?:$/.test(url.protocol) || recording.isOwn(url.href)) return undefined
  const context = { traceId: isLoading ? view.traceId : randomHex(16), spanId: randomHex(8) }
  const startMs = Date.now()
  const start = page.performance.now()
  const name = METHODS.has(method.toUpperCase()) ? method.toUpperCase() : 'HTTP'

  function end(outcome: Attributes, failure?: string): void {
    recording.span({
      ...context,
      parentSpanId: isLoading ? view.spanId : undefined,
      // Later requests are traces of their own: a page that is open all day would else be one trace without an end.
      link: isLoading ? undefined : view,
      name,
      kind: 3,
      startMs,
      endMs: startMs + page.performance.now() - start,
      failure,
      attributes: {
        'http.request.method': name === 'HTTP' ? '_OTHER' : name,
        'url.full': recording.describe(url.href),
        'server.address': url.hostname,
        'server.port': url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
        ...outcome,
      },
    })
  }

  return {
    traceparent: recording.mayPropagate(url.href) ? `00-${context.traceId}-${context.spanId}-01` : undefined,
    answered: status => {
      const isFailure = status >= 400
      const code = status === 0 ? {} : { 'http.response.status_code': status }
      end(isFailure ? { ...code, 'error.type': String(status) } : code, isFailure ? `status ${status}` : undefined)
    },
    failed: (type, message) => end({ 'error.type': type }, message),
    aborted: () => end({ 'browser.request.aborted': true }),
  }
}
