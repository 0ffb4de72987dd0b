import type { Database } from '../pipeline/component.ts'
import { withClient } from './connect.ts'

/**
 * How far a counter of ours rose since then, over all replicas and processes: of each series its last value less that
 * which it had before; a process that began since then began at nothing.
 */
export async function countedSince(database: Database, metric: string, since: Date): Promise<number> {
  return withClient(database, 'reader', async client => {
    const { rows } = await client.query<{ spent: number }>(
      `SELECT coalesce(sum(last - coalesce(before, 0)), 0)::float8 AS spent FROM (
         SELECT max(value) AS last, max(value) FILTER (WHERE timestamp <= $2) AS before
         FROM metrics_samples WHERE metric_name = $1 AND service = 'sensorium' AND timestamp > $2::timestamptz - interval '1 hour'
         GROUP BY service, labels, start_timestamp) s`,
      [metric, since],
    )
    return rows[0]?.spent ?? 0
  })
}
