import pg from 'pg'
import type { Signal } from '../../pipeline/model/index.ts'

export interface SignalSize {
  readonly signal: Signal
  readonly rows: number
  readonly bytes_per_row: number
  /** Heap, TOAST, indexes and dictionaries → bytes a row. */
  readonly parts: Readonly<Record<string, number>>
}

/** The table that rows stand in, and the dictionary that they refer to; a dictionary's own table where there is none. */
const TABLES: Readonly<Record<Signal, readonly string[]>> = {
  traces: ['spans', 'span_shapes'],
  logs: ['logs', 'log_shapes'],
  metrics: ['metric_points', 'metric_series'],
}

/** Of every table, all its partitions together, in the files' bytes. An index of a partition counts as the parent's. */
export async function measureSizes(url: string): Promise<SignalSize[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED)')
  const sizes: SignalSize[] = []
  for (const [signal, [table, dictionary]] of Object.entries(TABLES)) {
    const { rows: counted } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)
    const rows = Number(counted[0]!.n)
    const parts: Record<string, number> = {}
    for (const { part, bytes } of (await client.query<Part>(PARTS, [table, dictionary])).rows) {
      if (Number(bytes) > 0) parts[part] = Math.round((Number(bytes) / rows) * 10) / 10
    }
    const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
    // The keys are those of the table above.
    sizes.push({ signal: signal as Signal, rows, bytes_per_row: Math.round(total), parts })
  }
  await client.end()
  return sizes
}

interface Part {
  readonly part: string
  readonly bytes: string
}

/** Hypertables have their chunks as children, too. */
const PARTS = `
  WITH RECURSIVE tables AS (
    SELECT to_regclass($1)::oid AS oid, 'rows' AS of
    UNION ALL SELECT to_regclass($2)::oid, 'dictionary'
    UNION ALL SELECT i.inhrelid, t.of FROM tables t JOIN pg_inherits i ON i.inhparent = t.oid
  ), files AS (
    SELECT CASE of WHEN 'rows' THEN 'heap' ELSE $2 END AS part, oid FROM tables
    UNION ALL
    SELECT CASE of WHEN 'rows' THEN 'TOAST' ELSE $2 END, c.reltoastrelid FROM tables t JOIN pg_class c ON c.oid = t.oid
    WHERE c.reltoastrelid <> 0
    UNION ALL
    SELECT CASE of WHEN 'rows' THEN 'index (' || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING \\w+ |[()]', '', 'g') || ')' ELSE $2 END,
      i.indexrelid
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid
  )
  SELECT part,
    sum(pg_relation_size(oid) + pg_relation_size(oid, 'fsm') + pg_relation_size(oid, 'vm')) AS bytes
  FROM files f JOIN pg_class c USING (oid) WHERE relkind IN ('r', 'i', 't')
  GROUP BY part ORDER BY part = 'heap' DESC, part = 'TOAST' DESC, bytes DESC`
