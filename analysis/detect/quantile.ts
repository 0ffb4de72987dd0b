import type { Durations } from './series.ts'

/** In ms, to the middle of a bucket; NaN of nothing. */
export function quantileOfDurations(durations: Pick<Durations, 'count' | 'buckets'>, share: number): number {
  let left = share * durations.count
  let last = Number.NaN
  for (const [ms, count] of [...durations.buckets()].sort((a, b) => a[0] - b[0])) {
    left -= count
    last = ms
    if (left <= 0) break
  }
  return last
}
