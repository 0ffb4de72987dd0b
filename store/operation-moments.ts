import { type LevelChange, levelChanges } from '../analysis/change/slower.ts'
import type { Slowdown } from '../analysis/releases/blame.ts'
import type { Operation } from './contrast/index.ts'
import { type Read, type Scope, timeOf } from './reading.ts'

/** Spans whose durations are looked at. */
const TIMED_MAX = 3_000

/** When the durations of an operation changed; of good requests alone, as failing ones end early. In order of time. */
export async function readMoments(
  read: Read,
  { from, to, env }: Scope,
  { service, operation }: Operation,
): Promise<readonly LevelChange[]> {
  const rows = await read(
    `SELECT timestamp, duration_ms FROM sample_spans($1, $2, $3, $4, $5, $6) WHERE status <> 'error' ORDER BY timestamp`,
    [service, operation, env, from, to, TIMED_MAX],
  )
  return levelChanges(rows.map(row => ({ at: timeOf(row.timestamp), durationMs: Number(row.duration_ms) })))
}

/** Since when an operation is slower, as changes are blamed for it. */
export async function readSlowdowns(read: Read, scope: Scope, operation: Operation): Promise<readonly Slowdown[]> {
  const moments = await readMoments(read, scope, operation)
  return moments.flatMap(({ at, toleranceMs, level, before, after }) =>
    level === 'p50' && after > before ? [{ at, toleranceMs, factor: after / before }] : [],
  )
}
