import type { Durations } from './series.ts'

/** A minute counts half as much after two hours: long enough for rare requests, short enough to follow the day. */
const FADE = 0.5 ** (1 / 120)
/** What has faded below this share of a request is forgotten, so memory is bounded. */
const LEAST = 1e-3

export interface UsualDurations {
  add(durations: Durations): void
  /** Each minute once, whether it had requests or not. */
  fade(): void
  /** In ms; NaN of nothing. */
  quantile(share: number): number
  clear(): void
}

/** How long requests usually take: one histogram in which the past fades. */
export function createUsualDurations(): UsualDurations {
  const buckets = new Map<number, number>()
  /** Fading all buckets each minute is the same as weighing the new ones more. */
  let weight = 1
  return {
    add(durations) {
      for (const [ms, count] of durations.buckets()) buckets.set(ms, (buckets.get(ms) ?? 0) + count * weight)
    },
    fade() {
      weight /= FADE
      if (weight < 1e6) return
      for (const [ms, count] of buckets) {
        if (count / weight < LEAST) buckets.delete(ms)
        else buckets.set(ms, count / weight)
      }
      weight = 1
    },
    quantile(share) {
      const sorted = [...buckets].sort((a, b) => a[0] - b[0])
      let left = share * sorted.reduce((sum, [, count]) => sum + count, 0)
      for (const [ms, count] of sorted) {
        left -= count
        if (left <= 0) return ms
      }
      return sorted.at(-1)?.[0] ?? Number.NaN
    },
    clear() {
      buckets.clear()
      weight = 1
    },
  }
}
