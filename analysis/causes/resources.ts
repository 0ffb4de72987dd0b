import type { ResourceFact } from './facts.ts'

/** An internal signal of a process that is far from what it was. */
export interface Rise {
  readonly service: string
  readonly instance: string
  readonly name: string
  readonly before: number
  readonly after: number
  readonly since: number
  /** Robust standard deviations above what it was. */
  readonly z: number
  /** It is at its limit: nothing is left of it. */
  readonly isSaturated: boolean
}

const POINTS_MIN = 8
const Z_MIN = 6
const FACTOR_MIN = 1.5
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_SIGMA = 1.4826
/** Series that hardly move are not infinitely sensitive: so much of the median is noise. */
const NOISE_SHARE = 0.05
const SATURATED_SHARE = 0.8

/** Signals whose highest value since `from` is far above their own past, those at their limit first, then the farthest. */
export function risesOf(resources: readonly ResourceFact[], from: number, to: number): Rise[] {
  return resources
    .flatMap(({ service, instance, name, limit, points }) => {
      const past = points.filter(({ at }) => at < from).map(({ value }) => value)
      // A point tells of the time since the one before it.
      const interval = median(points.slice(1).map(({ at }, i) => at - points[i]!.at))
      const during = points.filter(({ at }) => at >= from && at <= to + interval)
      if (past.length < POINTS_MIN || during.length === 0) return []
      const before = median(past)
      const sigma = Math.max(
        MAD_TO_SIGMA * median(past.map(value => Math.abs(value - before))),
        NOISE_SHARE * Math.abs(before),
      )
      const highest = during.reduce((best, point) => (point.value > best.value ? point : best))
      const z = sigma === 0 ? 0 : (highest.value - before) / sigma
      if (z < Z_MIN || highest.value < FACTOR_MIN * before) return []
      const since = during.find(({ value }) => value >= before + Z_MIN * sigma)!.at
      const isSaturated = limit !== undefined && highest.value >= SATURATED_SHARE * limit
      return [{ service, instance, name, before, after: highest.value, since, z, isSaturated }]
    })
    .sort((a, b) => Number(b.isSaturated) - Number(a.isSaturated) || b.z - a.z)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
