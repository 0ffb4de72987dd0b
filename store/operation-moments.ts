import { changePoints } from '../analysis/change/change-points.ts'
import type { Operation } from './contrast/index.ts'
import { type Read, type Scope, timeOf } from './reading.ts'

/** A moment from which on an operation takes longer or shorter; medians of both levels in milliseconds. */
export interface Moment {
  readonly at: number
  /** How far it may lie off: some requests' worth of time. */
  readonly toleranceMs: number
  readonly before: number
  readonly after: number
}

/** Spans whose durations are looked at, taken evenly over the range. */
const TIMED_MAX = 3_000
const TOLERANCE_MIN_MS = 30_000
const TOLERANCE_GAPS = 3

/** When the durations of an operation changed; of good requests alone, as failing ones end early. In order of time. */
export async function readMoments(
  read: Read,
  { from, to, env }: Scope,
  { service, operation }: Operation,
): Promise<readonly Moment[]> {
  const rows = await read(
    `SELECT timestamp, duration_ms FROM sample_spans($1, $2, $3, $4, $5, $6) WHERE status <> 'error' ORDER BY timestamp`,
    [service, operation, env, from, to, TIMED_MAX],
  )
  const times = rows.map(row => timeOf(row.timestamp))
  return changePoints(rows.map(row => Number(row.duration_ms))).map(({ index, before, after }) => {
    // The change lies between two requests, perhaps some requests before the one that shows it.
    const gap = times[index]! - times[Math.max(0, index - TOLERANCE_GAPS)]!
    return { at: times[index]!, toleranceMs: Math.max(TOLERANCE_MIN_MS, gap), before, after }
  })
}
