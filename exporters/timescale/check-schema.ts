import type { Database } from '../../pipeline/component.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { DEAD_LETTER_TABLE } from './rows/dead-letters.ts'
import { LOG_TABLE } from './rows/logs.ts'
import { METRIC_TABLE } from './rows/metrics.ts'
import { SIGHTING_TABLE } from './rows/sightings.ts'
import { SPAN_TABLE } from './rows/spans.ts'

const TABLES = [
  ...[SPAN_TABLE, LOG_TABLE, METRIC_TABLE, DEAD_LETTER_TABLE, SIGHTING_TABLE].flatMap(({ name, dictionary }) => [
    name,
    ...(dictionary === undefined ? [] : [dictionary]),
  ]),
  'log_blocks',
  'span_blocks',
  'red_series',
  'red_partials',
  'entity_rule',
  'telemetry_resources',
  'telemetry_scopes',
  'ingest_ledger',
]

/** @throws SensoriumError DATABASE_UNREACHABLE; DATABASE_UNSUITABLE where a table or the right to fill it is missing. */
export async function checkSchema(database: Database): Promise<void> {
  const { rows } = await withClient(database, 'writer', client =>
    client.query<{ name: string; is_missing: boolean; user: string }>(CHECK, [TABLES]),
  )
  const missing = rows.filter(row => row.is_missing).map(({ name }) => name)
  if (missing.length > 0) {
    const message = `the database has no ${missing.join(', ')}: run \`sensorium migrate\` first`
    throw new SensoriumError('DATABASE_UNSUITABLE', message)
  }
  if (rows.length > 0) {
    const [first] = rows
    const message = `${first?.user} may not write to ${rows.map(({ name }) => name).join(', ')}: run \`sensorium migrate\` as the tables' owner, which grants it`
    throw new SensoriumError('DATABASE_UNSUITABLE', message)
  }
}

const CHECK = `
  SELECT name, to_regclass(name) IS NULL AS is_missing, current_user::text AS user
  FROM unnest($1::text[]) AS name
  WHERE to_regclass(name) IS NULL OR NOT has_table_privilege(to_regclass(name), 'INSERT')`
