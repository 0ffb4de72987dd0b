import { type Bin, findBurst, isNew } from '../change/burst.ts'

/** How the failures of a problem are spread over a range that is cut into `partCount` parts. Times are milliseconds. */
export interface ProblemSeries {
  readonly fingerprint: string
  /** Failed requests; a log line and a span of one are one. */
  readonly failures: number
  readonly records: number
  readonly firstAt: number
  readonly lastAt: number
  /** Of the parts that have any: which, how many failures, the first and the last. */
  readonly parts: readonly {
    readonly index: number
    readonly count: number
    readonly firstAt: number
    readonly lastAt: number
  }[]
  /** What is known of it from before the range. */
  readonly recordsBefore: number
  /** Since and until when there is data of the services that report it. */
  readonly watchedSince: number
  readonly watchedUntil: number
}

export interface Range {
  readonly from: number
  readonly to: number
  readonly partCount: number
}

export interface Judged extends ProblemSeries {
  /** `new`: it began while it was watched; `burst`: far more than it usually is; `steady`: as always. */
  readonly trend: 'new' | 'burst' | 'steady'
  /** Of what is unusual: all of a new problem, the burst of another. Of a steady one the first and the last in the range. */
  readonly onset: number
  readonly end: number
  /** So much silence followed that it is over. */
  readonly isOver: boolean
  /** Failures between onset and end, and how many its own past lets expect there. */
  readonly unusual: number
  readonly expected: number
  /** ln of how much likelier it is that something happened: what problems are ranked by. 0 for a steady one. */
  readonly surprise: number
}

/** Bursts that chance makes more often are none: of a hundred problems one a range. */
const CHANCE_MAX = 1e-3
/** Nothing lasts shorter: a single failure has a rate, too. */
const LENGTH_MIN_MS = 1

/** Whether a problem is unusual against its own past, since when, and how much. */
export function judge(series: ProblemSeries, range: Range): Judged {
  const { failures, firstAt, lastAt, watchedSince } = series
  // What the services say after the range tells nothing of a silence within it.
  const watchedUntil = Math.max(lastAt, Math.min(series.watchedUntil, range.to))
  const before = pastOf(series, range)
  const burst = findBurst([before, ...binsOf(series, range)])
  const hasBurst = burst !== undefined && burst.from > 0 && burst.chance <= CHANCE_MAX
  const began = series.recordsBefore === 0 && isNew({ count: failures, firstAt, until: watchedUntil, watchedSince })
  const surprise = hasBurst ? burst.surprise : 0
  if (began) {
    const length = Math.max(LENGTH_MIN_MS, watchedUntil - watchedSince)
    const expected = (failures * Math.max(LENGTH_MIN_MS, lastAt - firstAt)) / length
    const isOver = ended(failures, firstAt, lastAt, watchedUntil)
    // Few failures are no burst, but that there were none before is told by more than one in a hundred.
    const silence = failures * Math.log(length / Math.max(LENGTH_MIN_MS, watchedUntil - firstAt))
    const told = { unusual: failures, expected, surprise: Math.max(surprise, silence) }
    return { ...series, trend: 'new', onset: firstAt, end: lastAt, isOver, ...told }
  }
  if (!hasBurst) {
    const isOver = ended(failures, firstAt, lastAt, watchedUntil)
    return {
      ...series,
      trend: 'steady',
      onset: firstAt,
      end: lastAt,
      isOver,
      unusual: 0,
      expected: failures,
      surprise: 0,
    }
  }
  // The past is the first of the bins.
  const inside = series.parts.filter(({ index }) => index >= burst.from - 1 && index <= burst.to - 1)
  const [onset, end] = [inside[0]!.firstAt, inside.at(-1)!.lastAt]
  const isOver = ended(burst.count, onset, end, watchedUntil)
  return { ...series, trend: 'burst', onset, end, isOver, unusual: burst.count, expected: burst.expected, surprise }
}

function ended(count: number, onset: number, end: number, watchedUntil: number): boolean {
  // The same question as whether it began, with time run backwards.
  return isNew({ count, firstAt: -end, until: -onset, watchedSince: -watchedUntil })
}

function pastOf({ records, failures, recordsBefore, watchedSince }: ProblemSeries, { from }: Range): Bin {
  return {
    count: Math.round((recordsBefore * failures) / Math.max(1, records)),
    length: Math.max(0, from - watchedSince),
  }
}

/** Parts of the range, each as long as there is data in it: a service that began later has no quiet time before. */
function binsOf({ parts, watchedSince, watchedUntil }: ProblemSeries, { from, to, partCount }: Range): Bin[] {
  const counts = new Map(parts.map(({ index, count }) => [index, count]))
  const length = (to - from) / partCount
  return Array.from({ length: partCount }, (_, i) => {
    const start = Math.max(from + i * length, watchedSince)
    const end = Math.min(from + (i + 1) * length, watchedUntil)
    const count = counts.get(i) ?? 0
    return { count, length: Math.max(count > 0 ? LENGTH_MIN_MS : 0, end - start) }
  })
}
