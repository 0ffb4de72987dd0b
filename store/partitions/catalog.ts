import type pg from 'pg'
import type { Range } from './ranges.ts'

/** How a table stands in the database. */
export type Form = 'heap' | 'partitioned' | 'hypertable' | 'absent'

export interface Partition extends Range {
  readonly name: string
}

export interface Partitions {
  readonly ranges: readonly Partition[]
  /** Holds the rows that no range covers. */
  readonly rest: string | undefined
}

/** @param hasTimescale whether the extension is there: its catalogue may be asked only then. */
export async function formOf(owner: pg.ClientBase, table: string, hasTimescale: boolean): Promise<Form> {
  const { rows } = await owner.query<{ kind: string }>(
    `SELECT relkind::text AS kind FROM pg_class WHERE oid = to_regclass(quote_ident($1))`,
    [table],
  )
  if (rows[0]?.kind === 'p') return 'partitioned'
  // A view is somebody's way to read, whatever it reads from.
  if (rows[0]?.kind !== 'r') return 'absent'
  return hasTimescale && (await isHypertable(owner, table)) ? 'hypertable' : 'heap'
}

async function isHypertable(owner: pg.ClientBase, table: string): Promise<boolean> {
  const { rowCount } = await owner.query(
    'SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema() AND hypertable_name = $1',
    [table],
  )
  return rowCount === 1
}

/** The direct partitions of a partitioned table, oldest first. */
export async function partitionsOf(owner: pg.ClientBase, table: string): Promise<Partitions> {
  const { rows } = await owner.query<{ name: string; from: string | null; to: string | null; is_rest: boolean }>(
    PARTITIONS,
    [table],
  )
  const ranges = rows
    .filter(({ is_rest }) => !is_rest)
    .map(({ name, from, to }) => ({ name, from: bound(from, -Infinity), to: bound(to, Infinity) }))
  ranges.sort((a, b) => a.from - b.from)
  return { ranges, rest: rows.find(({ is_rest }) => is_rest)?.name }
}

function bound(text: string | null, unbounded: number): number {
  return text === null ? unbounded : Number(text)
}

/** The catalogue keeps bounds as an expression, which is written in the session's time zone and read in the same. */
const PARTITIONS = `
  SELECT name, bound = 'DEFAULT' AS is_rest,
    extract(epoch FROM substring(bound FROM $$FROM \\('([^']+)'\\)$$)::timestamptz) * 1000 AS "from",
    extract(epoch FROM substring(bound FROM $$TO \\('([^']+)'\\)$$)::timestamptz) * 1000 AS "to"
  FROM (
    SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass(quote_ident($1)) AND c.relispartition AND NOT i.inhdetachpending
  ) p`
