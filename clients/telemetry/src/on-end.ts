import type { Delivery } from '../../delivery/delivery.ts'
import { flushBeforeExit } from '../../delivery/on-exit.ts'

/** Longer than a healthy receiver takes, well within the 10 s to 30 s after which a platform kills. */
export const END_FLUSH_MS = 3_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Flushes when the process ends of itself and when it is told to. Listening to a signal takes away Node's own reaction
 * to it, so where nobody else listens the signal is raised again after the flush; else ending is the application's.
 */
export function flushOnEnd(flush: () => Promise<boolean>, delivery: Pick<Delivery<unknown>, 'abandon'>): void {
  flushBeforeExit(flush, delivery)
  for (const signal of SIGNALS) {
    // `once`: a second signal meets Node's own reaction and ends the process at once.
    process.once(signal, () => {
      const isOurs = process.listenerCount(signal) === 0
      void flush().finally(() => {
        if (isOurs) process.kill(process.pid, signal)
      })
    })
  }
}
