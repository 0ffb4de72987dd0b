import type pg from 'pg'
import type { MaintenanceSettings } from './settings.ts'

/** What rows of telemetry refer to, and how long those are kept. */
const DICTIONARIES = [
  { table: 'log_shapes', id: 'shape_id', keepDays: 'logs_days' },
  { table: 'span_shapes', id: 'shape_id', keepDays: 'traces_days' },
  { table: 'metric_series', id: 'series_id', keepDays: 'metrics_days' },
  { table: 'red_series', id: 'series_id', keepDays: 'request_minutes_days' },
] as const

/** A range of a table goes when all of it has expired: its first rows live longer by as much as the longest range. */
const SLACK_DAYS = 40
const DAY_MS = 24 * 3_600_000
const DELETE_BATCH_ROWS = 10_000

/**
 * Removes what no row can refer to any more. `last_used` is the day of the latest row that does, and an exporter writes
 * it anew on the first day that it uses a row again, so none that is in use is ever old enough.
 */
export async function deleteUnused(
  owner: pg.ClientBase,
  settings: MaintenanceSettings,
  now: Date,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {}
  for (const { table, id, keepDays } of DICTIONARIES) {
    const before = new Date(+now - (settings[keepDays] + SLACK_DAYS) * DAY_MS)
    for (let rows = DELETE_BATCH_ROWS; rows === DELETE_BATCH_ROWS && signal?.aborted !== true; ) {
      const { rowCount } = await owner.query(
        `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} FROM ${table} WHERE last_used < $1::date LIMIT ${DELETE_BATCH_ROWS})
         AND last_used < $1::date`,
        [before],
      )
      rows = rowCount ?? 0
      if (rows > 0) deleted[table] = (deleted[table] ?? 0) + rows
    }
  }
  return deleted
}

/** A dictionary is small, and a plan that guesses its size wrong is a slow one: it is looked at sooner than tables of rows. */
const NEW_ROWS_MIN = 50
const NEW_ROWS_SHARE = 0.1

/** Statistics for dictionaries as they fill. Returns those that were analysed. */
export async function analyzeDictionaries(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT s.relid::regclass::text AS name FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
     WHERE s.relid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
       AND s.n_mod_since_analyze >= $2 AND s.n_mod_since_analyze >= $3 * greatest(c.reltuples, 0) ORDER BY 1`,
    [DICTIONARIES.map(({ table }) => table), NEW_ROWS_MIN, NEW_ROWS_SHARE],
  )
  for (const { name } of rows) await owner.query(`ANALYZE ${name}`)
  return rows.map(({ name }) => name)
}
