import type { CopyBuffer } from '../copy-buffer.ts'
import type { CopyTable } from '../table.ts'
import type { RedCounts } from './collect.ts'
import type { Entry, Series } from './series.ts'

export const RED_TABLE: CopyTable = {
  name: 'red_partials',
  columns: [
    ['minute', 'timestamptz'],
    ['series_id', 'bigint'],
    ['requests', 'integer'],
    ['errors', 'integer'],
    ['duration_ms', 'double precision'],
    ['sketch', 'bigint[]'],
    ['error_sketch', 'bigint[]'],
    ['trace_id', 'bytea'],
  ],
}

/** A row with a sketch of some ten buckets. */
export const RED_ROW_BYTES = 256
const NANOS_PER_MINUTE = 60_000_000_000n

/** Entries of one series and minute, of any batches, as one row each. */
export function gathered(counts: readonly RedCounts[]): readonly (readonly Entry[])[] {
  const bySeries = new Map<Series, Entry[][]>()
  for (const { entries } of counts) {
    for (const entry of entries) {
      const known = bySeries.get(entry.series)
      const same = known?.find(([first]) => first?.minute === entry.minute)
      if (same !== undefined) same.push(entry)
      else if (known !== undefined) known.push([entry])
      else bySeries.set(entry.series, [[entry]])
    }
  }
  return [...bySeries.values()].flat()
}

/** @param sign -1 takes back what the entries say */
export function writeRed(out: CopyBuffer, entries: readonly Entry[], sign: 1 | -1 = 1): void {
  const [first] = entries
  if (first === undefined) return
  let requests = 0
  let errors = 0
  let durationMs = 0
  for (const entry of entries) {
    requests += entry.requests
    errors += entry.errors
    durationMs += entry.durationMs
  }
  out.rowStart(RED_TABLE.columns.length)
  out.timestamp(BigInt(first.minute) * NANOS_PER_MINUTE, 'minute')
  out.int64(first.series.row.id)
  out.int32(sign * requests)
  out.int32(sign * errors)
  out.float64(sign * durationMs)
  writeSketch(out, entries, 'buckets', sign)
  if (errors === 0) out.null()
  else writeSketch(out, entries, 'errorBuckets', sign)
  out.hexOrNull(sign < 0 ? '' : (entries.find(entry => entry.errors > 0) ?? first).traceId, 'trace_id')
}

const BUCKET_OFFSET = 1_100
const counts = new Int32Array(BUCKET_OFFSET + 1_506)

/** A bigint for each bucket: bucket * 2^32 + count. */
function writeSketch(out: CopyBuffer, entries: readonly Entry[], of: 'buckets' | 'errorBuckets', sign: 1 | -1): void {
  let low = counts.length
  let high = -1
  let distinct = 0
  for (const entry of entries) {
    for (const bucket of entry[of]) {
      const at = bucket + BUCKET_OFFSET
      if (counts[at] === 0) distinct += 1
      counts[at]! += 1
      if (at < low) low = at
      if (at > high) high = at
    }
  }
  out.int64ArrayStart(distinct)
  for (let at = low; at <= high; at++) {
    const count = counts[at]!
    if (count === 0) continue
    counts[at] = 0
    out.int64Halves(at - BUCKET_OFFSET, sign * count)
  }
}
