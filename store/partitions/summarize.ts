import type pg from 'pg'

/** New rows after which it pays: some pages' worth. */
const MIN_ROWS = 1_000

/**
 * Brings the BRIN indexes of what fills up to date. Pages that came since the last VACUUM are in none of their
 * summaries, and whoever asks for a range of time reads all of those pages: without this, all of today. The server does
 * it when it vacuums, which for a partition that only grows is late. Returns the indexes that were behind.
 */
export async function summarizeFilled(
  owner: pg.ClientBase,
  tables: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(FILLING, [tables, MIN_ROWS])
  const done: string[] = []
  for (const { name } of rows) {
    if (signal?.aborted) return done
    const summarized = await owner.query<{ ranges: number }>(
      'SELECT brin_summarize_new_values($1::regclass) AS ranges',
      [name],
    )
    if ((summarized.rows[0]?.ranges ?? 0) > 0) done.push(name)
  }
  return done
}

/** Partitions and chunks alike are children of their table. */
const FILLING = `
  WITH RECURSIVE tree AS (
    SELECT to_regclass(quote_ident(t))::oid AS relid FROM unnest($1::text[]) t
    UNION ALL
    SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.relid
  )
  SELECT x.indexrelid::regclass::text AS name
  FROM tree JOIN pg_class c ON c.oid = tree.relid AND c.relkind = 'r'
  JOIN pg_stat_user_tables s ON s.relid = c.oid AND s.n_ins_since_vacuum >= $2
  JOIN pg_index x ON x.indrelid = c.oid
  JOIN pg_class index ON index.oid = x.indexrelid
  JOIN pg_am m ON m.oid = index.relam AND m.amname = 'brin'
  ORDER BY 1`
