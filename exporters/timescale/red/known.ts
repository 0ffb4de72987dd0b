import type { Database } from '../../../pipeline/component.ts'
import { withClient } from '../../../store/connect.ts'

type Known = readonly [service: string, environment: string, operation: string, peer: string | null]

/** Names of the last days that a new process goes on with; a larger fleet's come anew. */
const ROWS_MAX = 200_000

/** What requests of the last days were counted by. */
export async function readSeries(database: Database): Promise<readonly Known[]> {
  const { rows } = await withClient(database, 'writer', client =>
    client.query<{ service: string; environment: string; operation: string; peer: string | null }>(
      `SELECT DISTINCT service, environment, operation, peer FROM red_series
       WHERE last_used >= current_date - 7 LIMIT ${ROWS_MAX}`,
    ),
  )
  return rows.map(({ service, environment, operation, peer }) => [service, environment, operation, peer])
}
