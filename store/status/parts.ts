import type pg from 'pg'
import { partitionsOf } from '../partitions/catalog.ts'
import { earlyName } from '../partitions/make.ts'
import type { Range } from '../partitions/ranges.ts'
import type { TimeTable } from '../partitions/tables.ts'

/** A partition or a chunk, or a table that is one heap. */
export interface Part extends Range {
  readonly name: string
  readonly rows: number
  readonly bytes: number
  /** Rows of the levels that leave early. */
  readonly isEarly: boolean
  /** Of a compressed chunk: what it took before. */
  readonly uncompressedBytes?: number
}

export async function partsOf(
  owner: pg.ClientBase,
  table: TimeTable,
  form: 'heap' | 'partitioned' | 'hypertable',
  canCompress: boolean,
): Promise<Part[]> {
  if (form === 'hypertable') return chunksOf(owner, table, canCompress)
  const everywhere = { from: -Infinity, to: Infinity }
  if (form === 'heap') return withSizes(owner, [{ name: table.table, ...everywhere, isEarly: false }])
  const { ranges, rest } = await partitionsOf(owner, table.table)
  const whole = ranges.map(range => ({ ...range, isEarly: false }))
  const leaves =
    table.early === undefined
      ? whole
      : ranges.flatMap(range => [
          { ...range, isEarly: false },
          { ...range, name: `${range.name}_rest`, isEarly: false },
          { ...range, name: earlyName(range.name), isEarly: true },
        ])
  return withSizes(owner, [...leaves, ...(rest === undefined ? [] : [{ name: rest, ...everywhere, isEarly: false }])])
}

/** Of the names that are ordinary tables; the others are parents of those. */
async function withSizes(
  owner: pg.ClientBase,
  parts: readonly (Range & { readonly name: string; readonly isEarly: boolean })[],
): Promise<Part[]> {
  const { rows } = await owner.query<{ name: string; rows: string; bytes: string }>(
    `SELECT c.relname AS name, greatest(s.n_live_tup, c.reltuples, 0)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY ($1)`,
    [parts.map(({ name }) => name)],
  )
  const sizes = new Map(rows.map(row => [row.name, row]))
  return parts.flatMap(part => {
    const size = sizes.get(part.name)
    return size === undefined ? [] : [{ ...part, rows: Number(size.rows), bytes: Number(size.bytes) }]
  })
}

async function chunksOf(owner: pg.ClientBase, { table }: TimeTable, canCompress: boolean): Promise<Part[]> {
  const { rows } = await owner.query<{ name: string; from: Date; to: Date; rows: string; bytes: string }>(CHUNKS, [
    table,
  ])
  const before = canCompress ? await uncompressedSizes(owner, table) : new Map<string, number>()
  return rows.map(row => {
    const uncompressedBytes = before.get(row.name)
    return {
      name: row.name,
      from: +row.from,
      to: +row.to,
      rows: Number(row.rows),
      bytes: Number(row.bytes),
      isEarly: false,
      ...(uncompressedBytes === undefined ? {} : { uncompressedBytes }),
    }
  })
}

const CHUNKS = `
  SELECT format('%I.%I', k.chunk_schema, k.chunk_name) AS name, k.range_start AS "from", k.range_end AS "to",
    greatest(approximate_row_count(c.oid), s.n_live_tup, 0) AS rows, d.total_bytes AS bytes
  FROM timescaledb_information.chunks k
  JOIN chunks_detailed_size(format('%I', $1::text)::regclass) d USING (chunk_schema, chunk_name)
  JOIN pg_class c ON c.oid = format('%I.%I', k.chunk_schema, k.chunk_name)::regclass
  LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
  WHERE k.hypertable_schema = current_schema() AND k.hypertable_name = $1::text`

async function uncompressedSizes(owner: pg.ClientBase, table: string): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ name: string; bytes: string }>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS name, before_compression_total_bytes AS bytes
     FROM chunk_compression_stats(format('%I', $1::text)::regclass) WHERE compression_status = 'Compressed'`,
    [table],
  )
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]))
}
