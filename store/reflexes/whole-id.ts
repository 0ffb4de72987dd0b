import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'

const TABLES = { anomalies: 'anomaly', incidents: 'incident', reports: 'report' } as const

/**
 * The id that begins so: the first characters are enough where nothing else begins with them.
 *
 * @throws SensoriumError USAGE where none or more than one does
 */
export async function wholeId(client: pg.ClientBase, table: keyof typeof TABLES, id: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id::text AS id FROM ${table} WHERE starts_with(id::text, $1) ORDER BY id LIMIT 3`,
    [id.toLowerCase()],
  )
  if (rows.length === 1) return rows[0]!.id
  const what = TABLES[table]
  throw new SensoriumError(
    'USAGE',
    rows.length === 0
      ? `there is no ${what} ${id}; sensorium ${table} list shows them`
      : `more than one ${what} begins with ${id}; give more of it`,
  )
}
