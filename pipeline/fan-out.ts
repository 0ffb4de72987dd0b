import type { Consume } from './component.ts'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from './errors.ts'

/**
 * Hands a batch to all of `consumers` at once and resolves when all of them have it. One that must be sent again makes
 * the whole be sent again: durable exporters know the batch by its id, so those that had it store nothing twice.
 */
export function fanOut(consumers: readonly Consume[]): Consume {
  const [only] = consumers
  if (only !== undefined && consumers.length === 1) return only
  return async (batch, signal) => {
    const results = await Promise.allSettled(consumers.map(consume => consume(batch, signal)))
    const errors = results.filter(result => result.status === 'rejected').map(result => result.reason as unknown)
    if (errors.length > 0) throw mergeErrors(errors)
  }
}

/**
 * The one error that stands for all: retryable before permanent, the longest wait. Of rejected records the largest count:
 * exporters of the same kind reject the same ones.
 */
export function mergeErrors(errors: readonly unknown[]): unknown {
  const retryable = errors.filter(error => !(error instanceof PermanentError))
  if (retryable.length > 0) {
    const waits = (error: unknown) =>
      error instanceof OverloadedError || error instanceof UnavailableError ? error.retryAfterMs : 0
    return retryable.reduce((longest, error) => (waits(error) > waits(longest) ? error : longest))
  }
  const whole = errors.find(error => !(error instanceof RejectedRecordsError))
  if (whole !== undefined || errors.length === 1) return whole ?? errors[0]
  const partial = errors.filter(error => error instanceof RejectedRecordsError)
  const messages = new Set(partial.map(error => error.message))
  return new RejectedRecordsError(Math.max(...partial.map(error => error.rejected)), [...messages].join('; '))
}
