import type pg from 'pg'

/** Pages per statement, 8 MB: some tens of milliseconds, so that no lock is held and no transaction lasts long. */
export const DELETE_BATCH_PAGES = 1_024

export interface Expiry {
  readonly table: string
  readonly timeColumn: string
  readonly before: Date
  /** Only rows with one of these levels. */
  readonly levels: readonly string[]
}

/**
 * Deletes the expired rows of a chunk in short transactions, and returns how many there were. The chunk is walked by its
 * pages, each of which is read once, whatever indexes there are; what is being written meanwhile is not of this age.
 */
export async function deleteExpired(owner: pg.ClientBase, expiry: Expiry, signal?: AbortSignal): Promise<number> {
  const { table, timeColumn, before, levels } = expiry
  const { rows } = await owner.query<{ pages: number }>(
    `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int AS pages`,
    [table],
  )
  const pages = rows[0]?.pages ?? 0
  let total = 0
  for (let page = 0; page < pages && signal?.aborted !== true; page += DELETE_BATCH_PAGES) {
    const { rowCount } = await owner.query(
      `DELETE FROM ${table} t WHERE t.ctid >= $3::tid AND t.ctid < $4::tid AND t.${timeColumn} < $1 AND t.level = ANY($2)`,
      [before, levels, `(${page},0)`, `(${page + DELETE_BATCH_PAGES},0)`],
    )
    total += rowCount ?? 0
  }
  return total
}
