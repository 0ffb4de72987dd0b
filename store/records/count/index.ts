import type { RecordQuery } from '../../../analysis/record-query/parse.ts'
import type { FindOptions } from '../find.ts'
import { countMinutes, isCountedByMinute } from './minutes.ts'
import { countNewest } from './newest.ts'
import type { RecordCounts } from './sums.ts'

export type { RecordCounts }

/** Bars of a histogram: what a screen can show apart. */
const BARS = 60
const STEPS_MS = [1, 5, 15, 30]
  .map(s => s * 1_000)
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440].map(m => m * 60_000))
const DAY_MS = 86_400_000
/** A range below this is counted exactly by its records. */
const MINUTES_FROM_MS = 600_000

/** The length of a bar, so that a range has 60 of them at most, of a length that people know. */
export function barLength(rangeMs: number): number {
  return STEPS_MS.find(step => rangeMs / step <= BARS) ?? Math.ceil(rangeMs / BARS / DAY_MS) * DAY_MS
}

/**
 * How many records a question finds: over time, by service, environment, level and kind, by pattern. Where only these are
 * asked for, minutes that were counted as records were stored tell it for any range at once.
 */
export async function countRecords(
  query: RecordQuery,
  options: Omit<FindOptions, 'limit' | 'before' | 'skip'>,
): Promise<RecordCounts> {
  const rangeMs = +query.to - +query.from
  return isCountedByMinute(query) && rangeMs >= MINUTES_FROM_MS
    ? countMinutes(query, options.read, options.visible, Math.max(60_000, barLength(rangeMs)))
    : countNewest(query, options, barLength(rangeMs))
}
