import type pg from 'pg'
import { columnsOf } from './columns.ts'
import { replaceTable } from './replace-table.ts'
import { withShortLocks } from './short-locks.ts'
import type { TimeTable } from './tables.ts'

export type HypertableOf = TimeTable & Required<Pick<TimeTable, 'hypertable'>>

export async function heapToHypertable(owner: pg.ClientBase, table: TimeTable, size: number): Promise<void> {
  await owner.query(CREATE, [table.table, table.timeColumn, size])
}

/**
 * A database with native partitions learns TimescaleDB. One transaction: the rows are copied into chunks partition by
 * partition, and the table is closed meanwhile.
 */
export async function partitionsToHypertable(
  owner: pg.ClientBase,
  table: TimeTable,
  size: number,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const old = `${table.table}_parts`
  await withShortLocks(owner, async () => {
    await owner.query(`LOCK TABLE ${table.table} IN ACCESS EXCLUSIVE MODE`)
    await owner.query('SET LOCAL lock_timeout = 0')
    await replaceTable(owner, table.table, old, '')
    await owner.query(CREATE, [table.table, table.timeColumn, size])
    const columns = (await columnsOf(owner, table.table)).join(', ')
    const { rows } = await owner.query<{ name: string; bytes: string }>(
      `SELECT relid::text AS name, pg_total_relation_size(relid) AS bytes FROM pg_partition_tree($1) WHERE isleaf ORDER BY 1`,
      [old],
    )
    const total = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0)
    let done = 0
    for (const { name, bytes } of rows) {
      await owner.query(`INSERT INTO ${table.table} (${columns}) SELECT ${columns} FROM ${name}`)
      done += Number(bytes)
      onProgress(done, total)
    }
    await owner.query(`DROP TABLE ${old}`)
  })
}

const CREATE = `SELECT create_hypertable($1::regclass, by_range($2::name, $3::float8 * interval '1 millisecond'),
  create_default_indexes => false, migrate_data => true, if_not_exists => true)`

/** Under the community licence: how chunks are compressed. When they are, the policies say (maintenance/timescale.ts). */
export async function ensureCompression(owner: pg.ClientBase, { table, timeColumn, hypertable }: HypertableOf) {
  const { rowCount } = await owner.query(
    `SELECT FROM timescaledb_information.hypertables
     WHERE hypertable_schema = current_schema() AND hypertable_name = $1 AND compression_enabled`,
    [table],
  )
  if (rowCount === 1) return
  await owner.query(`ALTER TABLE ${table} SET (timescaledb.compress,
    timescaledb.compress_segmentby = '${hypertable.segmentBy}', timescaledb.compress_orderby = '${timeColumn} DESC')`)
}

/** Of chunks to come. */
export async function ensureChunkSize(owner: pg.ClientBase, { table }: TimeTable, size: number): Promise<void> {
  await owner.query(
    `SELECT set_chunk_time_interval(format('%I', $1::text)::regclass, $2::float8 * interval '1 millisecond')
     FROM timescaledb_information.dimensions WHERE hypertable_schema = current_schema() AND hypertable_name = $1::text
       AND time_interval <> $2::float8 * interval '1 millisecond'`,
    [table, size],
  )
}
