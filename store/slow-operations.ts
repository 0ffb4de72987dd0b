import { type Slower, slower } from '../analysis/change/slower.ts'
import type { Operation } from './contrast/index.ts'
import { listOf, type Read, type Scope } from './reading.ts'

/** An operation that became slower within the range. */
export interface SlowOperation extends Operation, Slower {}

/** What is less is true, perhaps, and nobody complains of it. */
const FACTOR_MIN = 1.5
/** Nor of so little time. */
const GAIN_MIN_MS = 5

/**
 * Operations that became slower within the range, those that most waited for first: with a time before it that is as long, so that what
 * became slow early in it has something to be compared with.
 */
export async function readSlowOperations(
  read: Read,
  { from, to, env }: Scope,
  services: readonly string[] | null,
): Promise<readonly SlowOperation[]> {
  const before = new Date(2 * +from - +to)
  const rows = await read('SELECT * FROM operation_times($1, $2, $3, $4)', [env, before, to, services])
  return rows
    .flatMap((row): SlowOperation[] => {
      const times = listOf(row.at_ms).map(Number)
      const requests = listOf(row.duration_ms).map((ms, i) => ({ at: times[i]!, durationMs: Number(ms) }))
      const found = slower(requests, FACTOR_MIN)
      if (found === undefined || found.at <= +from || found.after - found.before < GAIN_MIN_MS) return []
      return [{ service: String(row.service), operation: String(row.operation), ...found }]
    })
    .sort((a, b) => b.weight - a.weight)
}
