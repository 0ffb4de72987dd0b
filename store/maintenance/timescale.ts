import type pg from 'pg'
import { deleteExpired } from './delete-expired.ts'
import { DEBUG_LEVELS, RETAINED, type Retained } from './retained.ts'
import type { MaintenanceSettings } from './settings.ts'

/** Of the compressed chunks only the ones that have just come of age are looked into: reading one means unpacking it. */
const COMPRESSED_LOOKBACK_MS = 2 * 24 * 60 * 60 * 1000

export async function isHypertable(owner: pg.ClientBase, table: string): Promise<boolean> {
  const { rowCount } = await owner.query(
    'SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema() AND hypertable_name = $1',
    [table],
  )
  return rowCount === 1
}

/** Drops the chunks that lie before `before` as a whole, and returns how many. */
export async function dropChunks(owner: pg.ClientBase, table: string, before: Date): Promise<number> {
  const { rowCount } = await owner.query('SELECT drop_chunks($1::regclass, older_than => $2::timestamptz)', [
    table,
    before,
  ])
  return rowCount ?? 0
}

interface Chunk {
  readonly name: string
  readonly is_compressed: boolean
  readonly range_start: Date
  readonly range_end: Date
}

/** Deletes the debug records of chunks that other records keep alive, chunk by chunk, and returns how many rows. */
export async function deleteDebugLogs(owner: pg.ClientBase, before: Date, signal?: AbortSignal): Promise<number> {
  const { rows: chunks } = await owner.query<Chunk>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS name, is_compressed, range_start, range_end
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = current_schema() AND hypertable_name = 'application_logs' AND range_start < $1
     ORDER BY range_start`,
    [before],
  )
  let total = 0
  for (const chunk of chunks) {
    if (signal?.aborted) break
    if (!chunk.is_compressed) {
      const expiry = { table: chunk.name, timeColumn: 'timestamp', groups: ['service', 'level'], before }
      total += await deleteExpired(owner, { ...expiry, levels: DEBUG_LEVELS }, signal)
    } else if (chunk.range_end <= before && +chunk.range_end > +before - COMPRESSED_LOOKBACK_MS) {
      total += await deleteCompressed(owner, chunk)
    }
  }
  return total
}

const COMPRESSED_DEBUG = `FROM application_logs WHERE timestamp >= $1 AND timestamp < $2 AND level = ANY($3)`

async function deleteCompressed(owner: pg.ClientBase, { range_start, range_end }: Chunk): Promise<number> {
  const values = [range_start, range_end, DEBUG_LEVELS]
  // A delete unpacks every batch that might hold such a row, so it must be worth it.
  const { rowCount: found } = await owner.query(`SELECT ${COMPRESSED_DEBUG} LIMIT 1`, values)
  if (found === 0) return 0
  await owner.query(`SELECT set_config(name, '0', false) FROM pg_settings
    WHERE name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'`)
  const { rowCount } = await owner.query(`DELETE ${COMPRESSED_DEBUG}`, values)
  return rowCount ?? 0
}

/**
 * Community licence: the database's own jobs compress and expire, even while we are off. Sets those that are missing
 * or differ from the settings, and returns which.
 */
export async function reconcilePolicies(owner: pg.ClientBase, settings: MaintenanceSettings): Promise<string[]> {
  const changed: string[] = []
  for (const retained of RETAINED) {
    for (const policy of policiesOf(retained, settings)) {
      const { rowCount } = await owner.query(
        `SELECT FROM timescaledb_information.jobs WHERE hypertable_schema = current_schema() AND hypertable_name = $1
           AND proc_name = $2 AND (config ->> $3)::interval = make_interval(days => $4)`,
        [retained.table, policy.job, policy.key, policy.days],
      )
      if (rowCount === 1) continue
      await owner.query(`SELECT ${policy.remove}($1::regclass, if_exists => true)`, [retained.table])
      await owner.query(`SELECT ${policy.add}($1::regclass, make_interval(days => $2))`, [retained.table, policy.days])
      changed.push(`${policy.job} of ${retained.table}: ${policy.days} days`)
    }
  }
  return changed
}

function policiesOf({ compressAfterDays, keepDays }: Retained, settings: MaintenanceSettings) {
  if (compressAfterDays === undefined) return []
  return [
    {
      job: 'policy_retention',
      key: 'drop_after',
      days: settings[keepDays],
      add: 'add_retention_policy',
      remove: 'remove_retention_policy',
    },
    {
      job: 'policy_compression',
      key: 'compress_after',
      days: settings[compressAfterDays],
      add: 'add_compression_policy',
      remove: 'remove_compression_policy',
    },
  ]
}
