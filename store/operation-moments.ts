import { sharpened, spread } from '../analysis/change/minutes.ts'
import { type LevelChange, levelChanges, type Timed } from '../analysis/change/slower.ts'
import type { Slowdown } from '../analysis/releases/blame.ts'
import type { Operation } from './contrast/index.ts'
import { listOf, type Read, type Scope, timeOf } from './reading.ts'

/** Spans whose durations are looked at. */
const TIMED_MAX = 3_000
/** A moment that minutes tell of is looked for in the spans so long before and after. */
const AROUND_MS = 180_000

/** When the durations of an operation changed; of good requests alone, as failing ones end early. In order of time. */
export async function readMoments(read: Read, scope: Scope, operation: Operation): Promise<readonly LevelChange[]> {
  return levelChanges(await readTimed(read, scope, operation))
}

/** The same of several operations of a service, at the price of their minutes; spans are read around the moments alone. */
export async function readMomentsOfAll(
  read: Read,
  scope: Scope,
  service: string,
  operations: readonly string[],
): Promise<ReadonlyMap<string, readonly LevelChange[]>> {
  const { env, from, to } = scope
  const rows = await read('SELECT * FROM operation_durations($1, $2, $3, $4, $5)', [service, env, operations, from, to])
  const found = new Map<string, readonly LevelChange[]>()
  for (const [operation, own] of Map.groupBy(rows, row => String(row.operation))) {
    const minutes = own.map(row => ({
      at: timeOf(row.minute),
      durations: listOf(row.duration_ms).map(Number),
      counts: listOf(row.requests).map(Number),
    }))
    const changes: LevelChange[] = []
    for (const change of levelChanges(spread(minutes, TIMED_MAX))) {
      const near = { ...scope, from: new Date(change.at - AROUND_MS), to: new Date(change.at + AROUND_MS) }
      changes.push(sharpened(change, await readTimed(read, near, { service, operation })))
    }
    found.set(operation, changes)
  }
  return found
}

async function readTimed(read: Read, { from, to, env }: Scope, { service, operation }: Operation): Promise<Timed[]> {
  const rows = await read(
    `SELECT timestamp, duration_ms FROM sample_spans($1, $2, $3, $4, $5, $6) WHERE status <> 'error' ORDER BY timestamp`,
    [service, operation, env, from, to, TIMED_MAX],
  )
  return rows.map(row => ({ at: timeOf(row.timestamp), durationMs: Number(row.duration_ms) }))
}

/** Since when an operation is slower, as changes are blamed for it. */
export async function readSlowdowns(read: Read, scope: Scope, operation: Operation): Promise<readonly Slowdown[]> {
  const moments = await readMoments(read, scope, operation)
  return moments.flatMap(({ at, toleranceMs, level, before, after }) =>
    level === 'p50' && after > before ? [{ at, toleranceMs, factor: after / before }] : [],
  )
}
