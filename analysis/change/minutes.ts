import type { LevelChange, Timed } from './slower.ts'

/** How long the requests of a minute took: durations and how many took each, in order of the durations. */
export interface MinuteOfDurations {
  /** Its start, ms since 1970. */
  readonly at: number
  readonly durations: readonly number[]
  readonly counts: readonly number[]
}

const MINUTE_MS = 60_000
/** The part of a whole that puts steps of it apart from one another, however many they are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * Minutes of counts as requests in order of time, so many at most: evenly over each minute, fast ones and slow ones in
 * turn, as nothing is known of the order within it.
 */
export function spread(minutes: readonly MinuteOfDurations[], most: number): Timed[] {
  const total = minutes.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0)
  const share = Math.min(1, most / Math.max(1, total))
  return minutes.flatMap(({ at, durations, counts }) => {
    const own = counts.reduce((a, b) => a + b, 0)
    const taken = Math.max(1, Math.round(own * share))
    return Array.from({ length: own === 0 ? 0 : taken }, (_, i): Timed => {
      let rank = Math.floor(((0.5 + i * GOLDEN) % 1) * own)
      const place = counts.findIndex(count => {
        rank -= count
        return rank < 0
      })
      return { at: at + ((i + 0.5) / taken) * MINUTE_MS, durationMs: durations[place] ?? durations.at(-1)! }
    })
  })
}

/**
 * A change that minutes tell of, to the request: of the requests around it, those from which on as many more are slow as
 * can be (the likeliest place of a step, by binomials). As it was where too few are known.
 */
export function sharpened(change: LevelChange, requests: readonly Timed[]): LevelChange {
  const coarse = { ...change, toleranceMs: Math.max(change.toleranceMs, MINUTE_MS) }
  const middle = Math.sqrt(change.before * change.after)
  const slow = requests.map(one => one.durationMs > middle)
  const all = slow.filter(Boolean).length
  if (requests.length < 2 * EACH_MIN || all === 0 || all === slow.length) return coarse
  let [before, best, index] = [0, Number.NEGATIVE_INFINITY, -1]
  for (let i = 1; i < slow.length; i++) {
    if (slow[i - 1]) before++
    const likelihood = evidence(before, i) + evidence(all - before, slow.length - i)
    if (likelihood > best) [best, index] = [likelihood, i]
  }
  if (index < 0) return coarse
  const gap = requests[index]!.at - requests[Math.max(0, index - GAPS)]!.at
  return { ...change, at: requests[index]!.at, toleranceMs: Math.max(TOLERANCE_MIN_MS, gap) }
}

const EACH_MIN = 4
const GAPS = 3
const TOLERANCE_MIN_MS = 30_000

/** The logarithm of how likely so many of so many are, at the share that they are. */
function evidence(some: number, all: number): number {
  const term = (n: number) => (n === 0 ? 0 : n * Math.log(n / all))
  return term(some) + term(all - some)
}
