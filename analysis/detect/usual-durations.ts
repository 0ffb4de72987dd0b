import { quantileOf } from '../statistics/robust.ts'
import { quantileOfDurations } from './quantile.ts'
import type { Durations } from './series.ts'

/** Minutes are put together until they have so many requests: the P95 of fewer is their slowest. */
const REQUESTS_MIN = 20
/** Levels that are remembered: three hours of a busy operation, longer of a quiet one. */
const LEVELS_MAX = 180

export interface UsualDurations {
  add(durations: Durations): void
  /** The median of P95s, in ms; NaN of nothing. What lasted for less than half of the time does not move it. */
  p95(): number
  p50(): number
  clear(): void
}

/** How long requests usually take: the P95 and the median of each minute, and the median over the minutes. */
export function createUsualDurations(): UsualDurations {
  const p95s: number[] = []
  const p50s: number[] = []
  let gathered: Durations[] = []
  let count = 0
  return {
    add(durations) {
      gathered.push(durations)
      count += durations.count
      if (count < REQUESTS_MIN) return
      const all = together(gathered)
      p95s.push(quantileOfDurations(all, 0.95))
      p50s.push(quantileOfDurations(all, 0.5))
      if (p95s.length > LEVELS_MAX) {
        p95s.shift()
        p50s.shift()
      }
      gathered = []
      count = 0
    },
    p95: () => quantileOf(p95s, 0.5),
    p50: () => quantileOf(p50s, 0.5),
    clear() {
      p95s.length = 0
      p50s.length = 0
      gathered = []
      count = 0
    },
  }
}

/** Several as one. */
export function together(durations: readonly Durations[]): Durations {
  if (durations.length === 1) return durations[0]!
  return {
    count: durations.reduce((sum, one) => sum + one.count, 0),
    above: ms => durations.reduce((sum, one) => sum + one.above(ms), 0),
    *buckets() {
      for (const one of durations) yield* one.buckets()
    },
  }
}
