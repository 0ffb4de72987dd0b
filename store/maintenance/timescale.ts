import type pg from 'pg'
import { withShortLocks } from '../partitions/short-locks.ts'
import { TIME_TABLES, type TimeTable } from '../partitions/tables.ts'
import { deleteExpired } from './delete-expired.ts'
import type { MaintenanceSettings } from './settings.ts'

/** Of the compressed chunks only the ones that have just come of age are looked into: reading one means unpacking it. */
const COMPRESSED_LOOKBACK_MS = 2 * 24 * 60 * 60 * 1000

/** Drops the chunks that lie before `before` as a whole, and returns how many. */
export async function dropChunks(owner: pg.ClientBase, table: string, before: Date): Promise<number> {
  return withShortLocks(owner, async () => {
    const statement = 'SELECT drop_chunks($1::regclass, older_than => $2::timestamptz)'
    return (await owner.query(statement, [table, before])).rowCount ?? 0
  })
}

interface Chunk {
  readonly name: string
  readonly is_compressed: boolean
  readonly range_start: Date
  readonly range_end: Date
}

export type EarlyTable = TimeTable & Required<Pick<TimeTable, 'early'>>

/** Deletes the records that leave early from chunks that other records keep alive, chunk by chunk, and returns how many rows. */
export async function deleteEarly(
  owner: pg.ClientBase,
  earlyTable: EarlyTable,
  before: Date,
  signal?: AbortSignal,
): Promise<number> {
  const { table, timeColumn, early } = earlyTable
  const { rows: chunks } = await owner.query<Chunk>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS name, is_compressed, range_start, range_end
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = current_schema() AND hypertable_name = $2 AND range_start < $1
     ORDER BY range_start`,
    [before, table],
  )
  let total = 0
  for (const chunk of chunks) {
    if (signal?.aborted) break
    if (!chunk.is_compressed) {
      const expiry = { table: chunk.name, timeColumn, before, levels: early.values }
      total += await deleteExpired(owner, expiry, signal)
    } else if (chunk.range_end <= before && +chunk.range_end > +before - COMPRESSED_LOOKBACK_MS) {
      total += await deleteCompressed(owner, chunk, earlyTable)
    }
  }
  return total
}

async function deleteCompressed(
  owner: pg.ClientBase,
  { range_start, range_end }: Chunk,
  { table, timeColumn, early }: EarlyTable,
): Promise<number> {
  const rows = `FROM ${table} WHERE ${timeColumn} >= $1 AND ${timeColumn} < $2 AND ${early.column} = ANY($3)`
  const values = [range_start, range_end, early.values]
  // A delete unpacks every batch that might hold such a row, so it must be worth it.
  const { rowCount: found } = await owner.query(`SELECT ${rows} LIMIT 1`, values)
  if (found === 0) return 0
  await owner.query(`SELECT set_config(name, '0', false) FROM pg_settings
    WHERE name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'`)
  const { rowCount } = await owner.query(`DELETE ${rows}`, values)
  return rowCount ?? 0
}

/**
 * Community licence: the database's own jobs compress and expire, even while we are off. Sets those that are missing
 * or differ from the settings, and returns which.
 */
export async function reconcilePolicies(owner: pg.ClientBase, settings: MaintenanceSettings): Promise<string[]> {
  const changed: string[] = []
  for (const retained of TIME_TABLES) {
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

function policiesOf({ hypertable, keepDays }: TimeTable, settings: MaintenanceSettings) {
  if (hypertable === undefined) return []
  const { compressAfterDays } = hypertable
  const retention = {
    job: 'policy_retention',
    key: 'drop_after',
    days: settings[keepDays],
    add: 'add_retention_policy',
    remove: 'remove_retention_policy',
  }
  if (compressAfterDays === undefined) return [retention]
  const compression = {
    job: 'policy_compression',
    key: 'compress_after',
    days: settings[compressAfterDays],
    add: 'add_compression_policy',
    remove: 'remove_compression_policy',
  }
  return [retention, compression]
}
