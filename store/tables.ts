import type pg from 'pg'

export interface TableInfo {
  readonly table: string
  readonly kind: 'table' | 'view'
  readonly columns: number
  readonly about: string | null
}

/** What the reader may read, without the parts that tables are made of. */
export async function listTables(client: pg.ClientBase): Promise<TableInfo[]> {
  const { rows } = await client.query<TableInfo>(
    `SELECT c.relname AS table, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
       (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       obj_description(c.oid, 'pg_class') AS about
     FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
       AND has_any_column_privilege(c.oid, 'SELECT')
     ORDER BY 1`,
  )
  return rows
}

export interface ColumnInfo {
  readonly column: string
  readonly type: string
  readonly null: 'yes' | 'no'
  readonly about: string | null
}

export async function showTable(client: pg.ClientBase, table: string): Promise<ColumnInfo[]> {
  const { rows } = await client.query<ColumnInfo>(
    `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END AS null, col_description(c.oid, a.attnum) AS about
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = lower($1) AND a.attnum > 0 AND NOT a.attisdropped
       AND has_column_privilege(c.oid, a.attnum, 'SELECT')
     ORDER BY a.attnum`,
    [table],
  )
  return rows
}
