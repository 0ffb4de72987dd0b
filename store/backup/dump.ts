import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { isUsableTimescale } from '../capabilities.ts'
import { withClient } from '../connect.ts'
import { waitToLead } from '../maintenance/leader.ts'
import type { Store } from '../open.ts'
import { formOf, partitionsOf } from '../partitions/catalog.ts'
import { columnsOf } from '../partitions/columns.ts'
import { END_OF_ROWS, FORMAT, line, piece, type TableHead } from './format.ts'

export interface BackupOptions {
  readonly onTable?: (table: string, index: number, count: number) => void
}

/**
 * Writes all rows as they are at one moment into a file, while rows come in and are read, and returns how many there are
 * in each table. The maintenance waits meanwhile: it would wait for the tables that are being read, and others for it.
 * The file appears when it is whole; it holds what dead letters held, so it is its owner's alone.
 *
 * @throws SensoriumError USAGE when the maintenance does not come to an end.
 */
export function backUp(store: Store, file: string, options: BackupOptions = {}): Promise<Record<string, number>> {
  return withClient(store, 'owner', async owner => {
    await waitToLead(owner)
    await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const rows: Record<string, number> = {}
    const partial = `${file}.partial`
    try {
      await pipeline(
        sections(owner, store, rows, options),
        createZstdCompress(),
        createWriteStream(partial, { mode: 0o600, flush: true }),
      )
      await rename(partial, file)
      await syncFolder(file)
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    await owner.query('COMMIT')
    return rows
  })
}

async function* sections(
  owner: pg.Client,
  store: Store,
  rows: Record<string, number>,
  { onTable = () => {} }: BackupOptions,
): AsyncGenerator<Buffer> {
  const { capabilities } = store
  yield line({
    format: FORMAT,
    made_at: new Date().toISOString(),
    footing: capabilities.footing,
    migrations: await migrationsOf(owner),
  })
  const tables = await tablesOf(owner)
  for (const [i, table] of tables.entries()) {
    onTable(table, i, tables.length)
    const columns = await columnsOf(owner, table)
    const ranges = await rangesOf(owner, table, isUsableTimescale(capabilities.timescaledb.installed))
    yield line({ table, columns, ranges })
    // The tables' own COPY would leave the rows of chunks out.
    const stream = owner.query(copyTo(`COPY (SELECT ${columns.join(', ')} FROM ${table}) TO STDOUT (FORMAT binary)`))
    for await (const chunk of stream) yield piece(chunk as Buffer) // a copy stream is of buffers
    yield END_OF_ROWS
    rows[table] = stream.rowCount ?? 0
  }
  yield line({ rows })
}

export async function migrationsOf(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ checksum: string }>(
    `SELECT checksum FROM schema_migrations WHERE variant = '' ORDER BY version`,
  )
  return rows.map(({ checksum }) => checksum)
}

/**
 * Every table that holds rows of its own, those that refer to others after them, since they are restored in this order;
 * what ran when is the restored database's own business.
 */
export async function tablesOf(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `WITH RECURSIVE tables AS (
       SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
         AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migrations'
     ), referring (oid, depth) AS (
       SELECT oid, 0 FROM tables
       UNION
       SELECT conrelid, depth + 1 FROM referring JOIN pg_constraint ON confrelid = referring.oid
       WHERE contype = 'f' AND conrelid <> confrelid AND depth < 20
     )
     SELECT oid::regclass::text AS name FROM tables
     ORDER BY (SELECT max(depth) FROM referring WHERE referring.oid = tables.oid), relname`,
  )
  return rows.map(({ name }) => name)
}

async function rangesOf(owner: pg.ClientBase, table: string, hasTimescale: boolean): Promise<TableHead['ranges']> {
  const form = await formOf(owner, table, hasTimescale)
  if (form === 'partitioned') {
    const { ranges } = await partitionsOf(owner, table)
    return ranges
      .filter(({ from, to }) => Number.isFinite(from) && Number.isFinite(to))
      .map(({ from, to }) => [from, to])
  }
  if (form !== 'hypertable') return []
  const { rows } = await owner.query<{ from: Date; to: Date }>(
    `SELECT range_start AS "from", range_end AS "to" FROM timescaledb_information.chunks
     WHERE hypertable_schema = current_schema() AND hypertable_name = $1 ORDER BY 1`,
    [table],
  )
  return rows.map(({ from, to }) => [+from, +to])
}

/** A rename is on the disk when its folder is. */
async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
