/** A request that is answered with an error: the status, a code for programs, a sentence for people. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: RefusalStatus
  readonly code: string
  readonly retryAfterMs: number | undefined

  constructor(status: RefusalStatus, code: string, message: string, retryAfterMs?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}
export type RefusalStatus = 400 | 401 | 404 | 405 | 413 | 415 | 429 | 499 | 500 | 503

/** The answer, in the shape of OpenAI's errors, which its clients show. */
export function responseTo(error: RefusedError): Response {
  const { status, code, message, retryAfterMs } = error
  const headers = new Headers({ 'content-type': 'application/json' })
  // Whole seconds, rounded up: Retry-After has no finer unit.
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  if (status === 405) headers.set('allow', 'POST')
  // What is left of a body that we did not read would otherwise be taken for the next request.
  if (status === 413 || status === 429 || code === 'stopping' || code === 'loading') headers.set('connection', 'close')
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return new Response(JSON.stringify({ error: { message, type, param: null, code } }), { status, headers })
}
