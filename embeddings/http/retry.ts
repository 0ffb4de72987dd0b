import { setTimeout as wait } from 'node:timers/promises'
import { EmbeddingError } from '../errors.ts'
import type { HttpSettings } from './settings.ts'

type RetrySettings = Pick<HttpSettings, 'max_attempts' | 'initial_interval_ms' | 'max_interval_ms'>

/**
 * Calls `send` until it resolves. Waits twice as long after each failure, with jitter on the upper half so that callers
 * do not come back together, and never less than the service asked for; a service that asks for more than
 * `max_interval_ms` is not asked again.
 *
 * @throws the last error, or at once one that is not retryable, or the reason of `signal`
 */
export async function retrying<T>(
  send: () => Promise<T>,
  settings: RetrySettings,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<T> {
  let interval = settings.initial_interval_ms
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      signal.throwIfAborted()
      const asked = error instanceof EmbeddingError ? (error.retryAfterMs ?? 0) : 0
      const isFinal = !(error instanceof EmbeddingError && error.isRetryable) || attempt >= settings.max_attempts
      if (isFinal || asked > settings.max_interval_ms) throw error
      await wait(Math.max(asked, interval * (0.5 + random() / 2)), undefined, { signal }).catch(() => {
        throw signal.reason
      })
      interval = Math.min(interval * 2, settings.max_interval_ms)
    }
  }
}

/** `Retry-After` in milliseconds from now: whole seconds, or an HTTP date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const dateMs = Date.parse(header)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
