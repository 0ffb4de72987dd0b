import type { Nanos } from '../clock.ts'

/**
 * Measurements that wait for their time. Requests are simulated one after the other though they overlap, so a request
 * that begins before a collection and ends after it must not be counted in it.
 */
export interface Agenda {
  add(at: Nanos, apply: () => void): void
  /** Applies all up to and including `at`, in order of time. */
  runUntil(at: Nanos): void
}

export function createAgenda(): Agenda {
  let waiting: { readonly at: Nanos; readonly apply: () => void }[] = []
  return {
    add(at, apply) {
      waiting.push({ at, apply })
    },
    runUntil(at) {
      const due = waiting.filter(entry => entry.at <= at)
      waiting = waiting.filter(entry => entry.at > at)
      due.sort((a, b) => a.at - b.at)
      for (const { apply } of due) apply()
    },
  }
}
