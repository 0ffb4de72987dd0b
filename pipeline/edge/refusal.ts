/** A request that an edge receiver does not take: a status, and a sentence that says what to do. */
export class EdgeRefusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429
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
