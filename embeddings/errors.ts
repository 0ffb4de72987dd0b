/** Every error that this room raises on purpose; the message says what to do, `cause` keeps what was underneath. */
export const EMBEDDING_ERROR_CODES = {
  SETTINGS_INVALID: 'the settings have faults or contradict the model',
  MODEL_UNUSABLE: 'the model folder lacks something or holds something that we cannot run',
  MODEL_FAILED: 'the model failed at its work, for want of memory perhaps; try later',
  DIMENSIONS_DIFFER: 'a vector is not of the size that the settings say',
  SERVICE_REFUSED: 'the embedding service will never take this request',
  SERVICE_UNAVAILABLE: 'the embedding service is away or overloaded; try later',
  ADDRESS_UNAVAILABLE: 'a listening address is taken or not ours',
  DOWNLOAD_FAILED: 'a model could not be fetched',
  CLOSED: 'the provider was closed',
} as const
export type EmbeddingErrorCode = keyof typeof EMBEDDING_ERROR_CODES

export class EmbeddingError extends Error {
  readonly code: EmbeddingErrorCode
  /** How long the service asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined

  constructor(code: EmbeddingErrorCode, message: string, options?: ErrorOptions & { readonly retryAfterMs?: number }) {
    super(message, options)
    this.name = 'EmbeddingError'
    this.code = code
    this.retryAfterMs = options?.retryAfterMs
  }

  /** True when the same texts may succeed later; false when someone has to change something first. */
  get isRetryable(): boolean {
    return this.code === 'SERVICE_UNAVAILABLE' || this.code === 'MODEL_FAILED'
  }
}

/** The text of anything that was thrown, with its causes: fetch says "fetch failed" and keeps the reason below. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`
}
