import { errorText, OverloadedError, PermanentError, UnavailableError } from '../../pipeline/errors.ts'
import { status } from './grpc/status.ts'
import { MalformedRequestError } from './wire/index.ts'

/** Why a request was not taken, and how each protocol says so (OTLP specification, "Failures"). */
export interface Refusal {
  /** For the metric: few values. */
  readonly reason: string
  readonly message: string
  readonly grpcCode: number
  readonly httpStatus: number
  /** Set where the sender is to try again. */
  readonly retryAfterMs?: number
  /** Ours to look into, not the sender's: what was thrown. */
  readonly cause?: unknown
}

/** A refusal that a receiver decides on by itself, such as a body that is too large. */
export class RefusedError extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** How long a sender waits after an error that we did not expect. */
const UNEXPECTED_RETRY_AFTER_MS = 5_000

/** A resend is asked for unless we know that it is of no use: losing telemetry is worse than a repeated request. */
export function refusalOf(error: unknown): Refusal {
  const message = errorText(error)
  if (error instanceof RefusedError) return error.refusal
  if (error instanceof MalformedRequestError) {
    return { reason: 'malformed', message, grpcCode: status.INVALID_ARGUMENT, httpStatus: 400 }
  }
  if (error instanceof OverloadedError) {
    const { retryAfterMs } = error
    return { reason: 'overloaded', message, grpcCode: status.RESOURCE_EXHAUSTED, httpStatus: 429, retryAfterMs }
  }
  if (error instanceof UnavailableError) {
    const { retryAfterMs } = error
    return { reason: 'unavailable', message, grpcCode: status.UNAVAILABLE, httpStatus: 503, retryAfterMs }
  }
  if (error instanceof PermanentError) {
    return { reason: 'permanent', message, grpcCode: status.INVALID_ARGUMENT, httpStatus: 400 }
  }
  return {
    reason: 'internal',
    message: 'an internal error; the server log has the details',
    grpcCode: status.UNAVAILABLE,
    httpStatus: 503,
    retryAfterMs: UNEXPECTED_RETRY_AFTER_MS,
    cause: error,
  }
}
