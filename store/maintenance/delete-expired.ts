import type pg from 'pg'

/** Rows per statement: some tens of milliseconds, so that no lock is held and no transaction lasts long. */
export const DELETE_BATCH_ROWS = 10_000

export interface Expiry {
  readonly table: string
  readonly timeColumn: string
  /** The columns before the time in a B-tree index of the table. */
  readonly groups: readonly string[]
  readonly before: Date
  /** Only rows with one of these levels. */
  readonly levels: readonly string[]
}

/** Deletes the expired rows of a chunk in short transactions, and returns how many there were. */
export async function deleteExpired(owner: pg.ClientBase, expiry: Expiry, signal?: AbortSignal): Promise<number> {
  const statement = deleteStatement(expiry)
  const values = [expiry.before, DELETE_BATCH_ROWS, expiry.levels]
  for (let total = 0; ; ) {
    const { rowCount } = await owner.query(statement, values)
    total += rowCount ?? 0
    if ((rowCount ?? 0) === 0 || signal?.aborted) return total
  }
}

/**
 * Walks the distinct values of the index's leading columns, each found by one descent of the index from the one before
 * (a "loose index scan", which Postgres does not plan by itself), and takes the expired rows of each from the index.
 * What it costs follows from the groups and the rows to delete, not from the size of the table.
 */
export function deleteStatement({ table, timeColumn, groups }: Omit<Expiry, 'before' | 'levels'>): string {
  const expired = `t.${timeColumn} < $1 AND t.level = ANY($3)`
  const columns = (of: string): string => groups.map(group => `${of}.${group}`).join(', ')
  const sameGroup = groups.map(group => `t.${group} = g.${group}`).join(' AND ')
  return `
    WITH RECURSIVE groups AS (
      (SELECT ${columns('t')} FROM ${table} t ORDER BY ${columns('t')} LIMIT 1)
      UNION ALL
      SELECT ${columns('following')} FROM groups g CROSS JOIN LATERAL (
        SELECT ${columns('t')} FROM ${table} t WHERE (${columns('t')}) > (${columns('g')}) ORDER BY ${columns('t')} LIMIT 1
      ) following
    )
    ${deleteByPlace(
      table,
      `SELECT expired.ctid FROM groups g CROSS JOIN LATERAL (
        SELECT t.ctid FROM ${table} t WHERE ${sameGroup} AND ${expired} LIMIT $2
      ) expired LIMIT $2`,
      expired,
    )}`
}

/** The condition is asked again: it costs nothing, and a row is never deleted for its place alone. */
function deleteByPlace(table: string, places: string, condition: string): string {
  return `DELETE FROM ${table} t WHERE t.ctid = ANY (ARRAY(${places})) AND ${condition}`
}
