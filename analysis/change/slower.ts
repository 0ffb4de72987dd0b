import { changePoints } from './change-points.ts'

/** A request: when it began, and how long it took. */
export interface Timed {
  readonly at: number
  readonly durationMs: number
}

/** What the level is of: all requests, or the slowest of each ten. */
export type Level = 'p50' | 'p90'

/** A moment from which on requests take longer or shorter. */
export interface LevelChange {
  readonly at: number
  /** How far it may lie off: some requests' worth of time. */
  readonly toleranceMs: number
  readonly level: Level
  readonly before: number
  readonly after: number
}

/** What became slower, and how. */
export interface Slower extends LevelChange {
  /** When it was as fast as before again, if it was. */
  readonly ended: number | undefined
  /** How much it is of a change: the logarithm of the factor, for each request that took longer. */
  readonly weight: number
}

const TOLERANCE_MIN_MS = 30_000
const TOLERANCE_GAPS = 3
const BLOCK = 10

/**
 * When requests, in order of time, became slower or faster: all of them, else the slowest of each ten, which tell of one
 * customer or machine among many. In order of time.
 */
export function levelChanges(requests: readonly Timed[], factorMin?: number): readonly LevelChange[] {
  const all = changesOf(requests, 'p50', factorMin)
  if (all.length > 0) return all
  const blocks = Array.from({ length: Math.floor(requests.length / BLOCK) }, (_, i): Timed => {
    const ten = requests.slice(BLOCK * i, BLOCK * (i + 1))
    const durations = ten.map(one => one.durationMs).toSorted((a, b) => a - b)
    // The second slowest: one outlier is no level.
    return { at: ten[0]!.at, durationMs: durations[BLOCK - 2]! }
  })
  return changesOf(blocks, 'p90', factorMin)
}

/** The rise that most requests waited longest for, for what they usually take. */
export function slower(requests: readonly Timed[], factorMin: number): Slower | undefined {
  const changes = levelChanges(requests, factorMin)
  return changes
    .filter(one => one.after > one.before)
    .map((rise): Slower => {
      const middle = Math.sqrt(rise.before * rise.after)
      const ended = changes.find(one => one.at > rise.at && one.after <= middle)?.at
      const slow = requests.filter(one => one.at >= rise.at && one.at < (ended ?? Infinity) && one.durationMs > middle)
      return { ...rise, ended, weight: slow.length * Math.log(rise.after / rise.before) }
    })
    .toSorted((a, b) => b.weight - a.weight)[0]
}

function changesOf(requests: readonly Timed[], level: Level, factorMin = 1.25): LevelChange[] {
  return changePoints(
    requests.map(one => one.durationMs),
    { factorMin },
  ).map(({ index, before, after }) => {
    // The change lies between two requests, perhaps some requests before the one that shows it.
    const gap = requests[index]!.at - requests[Math.max(0, index - TOLERANCE_GAPS)]!.at
    return { at: requests[index]!.at, toleranceMs: Math.max(TOLERANCE_MIN_MS, gap), level, before, after }
  })
}
