import type { Span } from '../../../pipeline/model/index.ts'
import { countRequest, noCounts } from '../../../store/red/counts.ts'
import type { BoundedNames } from '../../../store/red/names.ts'
import type { DictionaryRow } from '../dictionary.ts'
import type { Dimensions } from '../dimensions.ts'
import { type Entry, type Series, SeriesFinder } from './series.ts'

/** What a batch's spans count for. */
export interface RedCounts {
  readonly entries: readonly Entry[]
  /** For each row of the batch's spans, in their order, where it was counted. */
  readonly ofRows: readonly (Entry | undefined)[]
}

export const NO_COUNTS: RedCounts = { entries: [], ofRows: [] }
/** StatusCode ERROR. */
const ERROR = 2

/** Counts requests, errors and durations of one batch after the other. */
export class RedCollector {
  readonly #finder: SeriesFinder
  readonly #use: (row: DictionaryRow) => void
  #entries: Entry[] = []
  #ofRows: (Entry | undefined)[] = []

  /** @param use is told which series must be stored before the batch's rows */
  constructor(operations: BoundedNames, peers: BoundedNames, use: (row: DictionaryRow) => void) {
    this.#finder = new SeriesFinder(operations, peers)
    this.#use = use
  }

  /** Once for each row of spans that is written. */
  add(span: Span, dimensions: Dimensions, receivedUnixNano: bigint): void {
    const series = this.#finder.find(span, dimensions)
    if (series === undefined) {
      this.#ofRows.push(undefined)
      return
    }
    const { startTimeUnixNano: start, endTimeUnixNano: end } = span
    const minute = minuteOf(start || end || receivedUnixNano)
    const durationMs = start === 0n || end === 0n ? 0 : millisBetween(start, end)
    let entry = series.open
    if (entry === undefined || entry.minute !== minute) entry = this.#open(series, minute)
    countRequest(entry, durationMs, span.statusCode === ERROR, span.traceId)
    this.#ofRows.push(entry)
  }

  /** What was counted since the last call. */
  take(): RedCounts {
    if (this.#entries.length === 0 && this.#ofRows.length === 0) return NO_COUNTS
    const counts = { entries: this.#entries, ofRows: this.#ofRows }
    for (const { series } of this.#entries) series.open = undefined
    this.#entries = []
    this.#ofRows = []
    return counts
  }

  #open(series: Series, minute: number): Entry {
    // A request spans a minute or two: looking through the few that there are is enough.
    const known = series.open && this.#entries.find(entry => entry.series === series && entry.minute === minute)
    if (known !== undefined) {
      series.open = known
      return known
    }
    const entry = { series, minute, ...noCounts() }
    this.#entries.push(entry)
    this.#use(series.row)
    series.open = entry
    return entry
  }
}

const scratch = new DataView(new ArrayBuffer(16))
const NANOS_PER_HIGH = 4_294_967_296
const MICROS_PER_MINUTE = 60_000_000

/** The minute, since 1970, that the row's `timestamp` lies in. In two halves, as CopyBuffer.timestamp does: exact and fast. */
function minuteOf(unixNano: bigint): number {
  scratch.setBigUint64(0, unixNano)
  const high = scratch.getUint32(0)
  const micros = high * 4_294_967 + Math.floor((high * 296 + scratch.getUint32(4)) / 1000)
  return Math.floor(micros / MICROS_PER_MINUTE)
}

/** As the row's `duration_ms`; what ends before it begins counts as nothing in sketches, and as it is in the sum. */
function millisBetween(start: bigint, end: bigint): number {
  scratch.setBigUint64(0, start)
  scratch.setBigUint64(8, end)
  const high = scratch.getUint32(8) - scratch.getUint32(0)
  return (high * NANOS_PER_HIGH + scratch.getUint32(12) - scratch.getUint32(4)) / 1e6
}
