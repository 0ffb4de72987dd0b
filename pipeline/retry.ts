import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import type { retrySettings } from './config/schema.ts'
import { OverloadedError, PermanentError, UnavailableError } from './errors.ts'

export type RetrySettings = z.output<typeof retrySettings>

/**
 * Calls `send` until it resolves, waiting twice as long after each failure, with full jitter on the upper half so that
 * senders do not come back together, and never less than the receiver asked for.
 *
 * @throws the last error: a PermanentError at once, any other once `max_elapsed_time_ms` is over or `signal` aborts
 */
export async function retrying(
  send: () => Promise<void>,
  settings: RetrySettings,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<void> {
  const startMs = performance.now()
  for (let interval = settings.initial_interval_ms; ; interval = Math.min(interval * 2, settings.max_interval_ms)) {
    try {
      return await send()
    } catch (error) {
      const asked = error instanceof OverloadedError || error instanceof UnavailableError ? error.retryAfterMs : 0
      const pauseMs = Math.max(asked, interval * (0.5 + random() / 2))
      const limit = settings.max_elapsed_time_ms
      const isOver = limit > 0 && performance.now() - startMs + pauseMs > limit
      if (error instanceof PermanentError || isOver || signal.aborted) throw error
      await wait(pauseMs, undefined, { signal, ref: false }).catch(() => {
        throw error
      })
    }
  }
}
