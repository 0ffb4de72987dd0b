import type pg from 'pg'

/** New rows after which the planner's picture of a partition is wrong enough to matter. */
const MIN_ROWS = 2_000
const SHARE = 0.2
/** Only a database that can analyse a table without its partitions does so for less than reading all of them. */
const ANALYZE_ONLY_VERSION = 180_000

/**
 * Statistics for partitions as they fill. The server's own autovacuum looks once a minute at best, starts late on a
 * busy disk, and never analyses a partitioned table as a whole. Returns what was analysed.
 */
export async function analyzeFilled(
  owner: pg.ClientBase,
  tables: readonly string[],
  serverVersion: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const { rows } = await owner.query<{ name: string; root: string }>(STALE, [tables, MIN_ROWS, SHARE])
  const roots = new Set<string>()
  const done: string[] = []
  for (const { name, root } of rows) {
    if (signal?.aborted) return done
    await owner.query(`ANALYZE ${name}`)
    done.push(name)
    if (name !== root) roots.add(root)
  }
  if (serverVersion < ANALYZE_ONLY_VERSION) return done
  for (const root of roots) if (await isDue(owner, root)) await owner.query(`ANALYZE ONLY ${root}`)
  return done
}

/** The whole changes slowly, and to analyse it reads some pages of every partition. */
async function isDue(owner: pg.ClientBase, root: string): Promise<boolean> {
  const { rows } = await owner.query<{ due: boolean }>(
    `SELECT coalesce(greatest(last_analyze, last_autoanalyze) < now() - interval '1 hour', true) AS due
     FROM pg_stat_user_tables WHERE relid = to_regclass($1)`,
    [root],
  )
  return rows[0]?.due ?? true
}

const STALE = `
  SELECT c.oid::regclass::text AS name, r.root::text AS root
  FROM unnest($1::text[]) AS t (name) CROSS JOIN LATERAL (SELECT to_regclass(quote_ident(t.name)) AS root) r
  CROSS JOIN LATERAL pg_partition_tree(r.root) p
  JOIN pg_class c ON c.oid = p.relid AND c.relkind = 'r'
  JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE r.root IS NOT NULL AND s.n_mod_since_analyze >= $2 AND s.n_mod_since_analyze >= $3 * greatest(c.reltuples, 0)
  ORDER BY 1`
