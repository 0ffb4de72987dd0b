import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { SensoriumError } from '../../pipeline/errors.ts'
import { isUsableTimescale } from '../capabilities.ts'
import { inTransaction, withClient } from '../connect.ts'
import { waitToLead } from '../maintenance/leader.ts'
import type { Store } from '../open.ts'
import { formOf, partitionsOf } from '../partitions/catalog.ts'
import { attachRange } from '../partitions/make.ts'
import { missingRanges } from '../partitions/ranges.ts'
import { TIME_TABLES } from '../partitions/tables.ts'
import { type BackupOptions, migrationsOf, tablesOf } from './dump.ts'
import { damaged, FORMAT, type Reader, readerOf } from './format.ts'

const head = z.object({
  format: z.literal(FORMAT),
  made_at: z.string(),
  footing: z.string(),
  migrations: z.array(z.string()),
})
const tableHead = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  ranges: z.array(z.tuple([z.number(), z.number()])),
})
const tail = z.object({ rows: z.record(z.string(), z.number()) })

/**
 * Fills a migrated, empty database of any footing from a backup, in one transaction: all of it, or nothing. Returns the
 * rows of each table, which are those that the backup says.
 *
 * @throws SensoriumError USAGE where the file is damaged or of another schema, or the database holds rows already.
 */
export function restore(store: Store, file: string, options: BackupOptions = {}): Promise<Record<string, number>> {
  return withClient(store, 'owner', async owner => {
    await waitToLead(owner)
    const source = createZstdDecompress()
    // The reader is told of what goes wrong, when it comes to it.
    const reading = pipeline(createReadStream(file), source).catch(() => {})
    try {
      return await inTransaction(owner, () => fill(owner, store, readerOf(source), options))
    } finally {
      source.destroy()
      await reading
    }
  })
}

async function fill(owner: pg.Client, store: Store, reader: Reader, { onTable = () => {} }: BackupOptions) {
  const { migrations } = parsed(head, await reader.line())
  if (migrations.join() !== (await migrationsOf(owner)).join()) {
    throw new SensoriumError(
      'USAGE',
      'the backup was made by another release, whose tables are others: restore it with that release, then upgrade',
    )
  }
  const tables = await tablesOf(owner)
  await refuseFilled(owner, tables)
  const rows: Record<string, number> = {}
  for (let i = 0; ; i++) {
    const next = await reader.line()
    const { data: end } = tail.safeParse(next)
    if (end !== undefined) {
      if (JSON.stringify(sorted(end.rows)) !== JSON.stringify(sorted(rows))) throw damaged('rows are missing')
      return rows
    }
    const { table, columns, ranges } = parsed(tableHead, next)
    // The name goes into a statement: only one that the database itself has.
    if (!tables.includes(table)) throw damaged(`it names a table ${table}, which is not ours`)
    onTable(table, i, tables.length)
    await makeRanges(owner, store, table, ranges)
    // What a migration put there is in the backup, too.
    await owner.query(`DELETE FROM ${table}`)
    const names = columns.map(column => owner.escapeIdentifier(column.replace(/^"(.*)"$/, '$1')))
    const stream = owner.query(copyFrom(`COPY ${table} (${names.join(', ')}) FROM STDIN (FORMAT binary)`))
    await pipeline(reader.pieces(), stream)
    rows[table] = stream.rowCount ?? 0
    await continueSequences(owner, table)
  }
}

function sorted(rows: Readonly<Record<string, number>>) {
  return Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1))
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value)
  if (error !== undefined) throw damaged('a line of it says something else', error)
  return data
}

/** A database in which any of these holds a row is in use. */
const IN_USE = [
  ...TIME_TABLES.map(({ table }) => table),
  'ingest_ledger',
  'ingest_totals',
  'fingerprints',
  'telemetry_resources',
  'access_tokens',
  'node_registry',
]

async function refuseFilled(owner: pg.ClientBase, tables: readonly string[]): Promise<void> {
  for (const table of tables.filter(name => IN_USE.includes(name))) {
    if ((await owner.query(`SELECT FROM ${table} LIMIT 1`)).rowCount === 0) continue
    throw new SensoriumError('USAGE', `the database holds rows already (${table}): restore into an empty one`)
  }
}

async function makeRanges(
  owner: pg.ClientBase,
  store: Store,
  name: string,
  ranges: readonly (readonly [number, number])[],
) {
  const table = TIME_TABLES.find(({ table }) => table === name)
  const hasTimescale = isUsableTimescale(store.capabilities.timescaledb.installed)
  if (table === undefined || (await formOf(owner, name, hasTimescale)) !== 'partitioned') return
  const { ranges: existing } = await partitionsOf(owner, name)
  for (const [from, to] of ranges) {
    for (const range of missingRanges(existing, { from, to }, to - from)) await attachRange(owner, table, range)
  }
}

async function continueSequences(owner: pg.ClientBase, table: string): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attidentity <> '' AND NOT attisdropped`,
    [table],
  )
  for (const { name } of rows) {
    await owner.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), coalesce((SELECT max("${name}") FROM ${table}), 0) + 1, false)`,
      [table, name],
    )
  }
}
