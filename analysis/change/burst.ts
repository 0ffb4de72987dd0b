import { binomialAtLeast } from '../statistics/exact-tests.ts'

/** Events that were counted over a length of time; `length` in any unit, the same for all. */
export interface Bin {
  readonly count: number
  readonly length: number
}

/** The stretch of bins that holds surprisingly many of the events. */
export interface Burst {
  /** Indices of bins, both included. */
  readonly from: number
  readonly to: number
  readonly count: number
  /** So many were to be expected there, were all events spread evenly. */
  readonly expected: number
  /** Events for each unit of length, in it and outside of it. */
  readonly rate: number
  readonly rateOutside: number
  /** ln of how much likelier the counts are with the burst than without: 0 is nothing, 10 is plain, 50 is glaring. */
  readonly surprise: number
  /** How likely chance alone makes a stretch like it, whichever it is. */
  readonly chance: number
}

/**
 * Finds the stretch of time that differs most from the rest: the scan statistic for a Poisson process (Kulldorff 1997),
 * in one dimension. Its chance is the binomial tail times the number of stretches (Bonferroni), so it is an upper bound.
 * Bins may be of different lengths: a long quiet past is one bin.
 */
export function findBurst(bins: readonly Bin[]): Burst | undefined {
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  const length = bins.reduce((sum, bin) => sum + bin.length, 0)
  if (total === 0 || length === 0) return undefined
  // A stretch that begins or ends with an empty bin is never the best one.
  const filled = bins.flatMap(({ count }, i) => (count > 0 ? [i] : []))
  const counts = cumulated(bins, ({ count }) => count)
  const lengths = cumulated(bins, bin => bin.length)
  let best: { from: number; to: number; surprise: number } | undefined
  for (const [i, from] of filled.entries()) {
    for (let j = i; j < filled.length; j++) {
      const to = filled[j]!
      const surprise = surpriseOf(counts[to + 1]! - counts[from]!, total, (lengths[to + 1]! - lengths[from]!) / length)
      if (surprise > (best?.surprise ?? 0)) best = { from, to, surprise }
    }
  }
  if (best === undefined) return undefined
  const { from, to, surprise } = best
  const count = counts[to + 1]! - counts[from]!
  const inside = lengths[to + 1]! - lengths[from]!
  return {
    from,
    to,
    count,
    expected: (total * inside) / length,
    rate: count / inside,
    rateOutside: (total - count) / (length - inside || 1),
    surprise,
    chance: Math.min(1, ((bins.length * (bins.length + 1)) / 2) * binomialAtLeast(count, total, inside / length)),
  }
}

function cumulated(bins: readonly Bin[], of: (bin: Bin) => number): number[] {
  let sum = 0
  return [0, ...bins.map(bin => (sum += of(bin)))]
}

/** The logarithm of the likelihood ratio; 0 where the stretch has no more than its part. */
function surpriseOf(count: number, total: number, part: number): number {
  if (part >= 1 || count <= total * part) return 0
  const rest = total - count
  return count * Math.log(count / (total * part)) + (rest === 0 ? 0 : rest * Math.log(rest / (total * (1 - part))))
}

/** What is known of how often something happens, to judge whether it began at all. */
export interface Sightings {
  readonly count: number
  readonly firstAt: number
  /** The last moment that was watched. */
  readonly until: number
  /** Since when whatever reports it was watched. */
  readonly watchedSince: number
}

/** So likely is silence at most, where the beginning of a problem is to be believed. */
const SILENCE_MAX = 0.01

/**
 * True of what began while it was watched. What is seen for the first time soon after the watching began was there
 * before: at the rate that it has, a silence as long as that before its first time has to be unlikely.
 */
export function isNew({ count, firstAt, until, watchedSince }: Sightings): boolean {
  const silence = firstAt - watchedSince
  const since = until - firstAt
  if (silence <= 0) return false
  // Were all of it one even process: the chance that none of `count` fell into the silence.
  return (since / (since + silence)) ** count <= SILENCE_MAX
}
