import type pg from 'pg'
import { partitionsOf } from './catalog.ts'
import type { TimeTable } from './tables.ts'

/** Most of what comes late has come by then. */
const CLOSED_FOR_MS = 2 * 3_600_000

/**
 * Vacuums one partition whose time is over and that never was: from then on an index alone answers what it can, and no
 * page of it is read again to keep its transaction ids from wrapping around. One a run, so that nothing waits for it.
 */
export async function vacuumClosed(owner: pg.ClientBase, table: TimeTable, now: Date): Promise<string | undefined> {
  const { ranges } = await partitionsOf(owner, table.table)
  const closed = ranges.filter(({ to }) => to < +now - CLOSED_FOR_MS).map(({ name }) => name)
  const { rows } = await owner.query<{ name: string }>(
    `SELECT s.relid::regclass::text AS name
     FROM unnest($1::text[]) AS closed CROSS JOIN LATERAL pg_partition_tree(quote_ident(closed)::regclass) p
     JOIN pg_stat_user_tables s ON s.relid = p.relid
     WHERE p.isleaf AND s.last_vacuum IS NULL AND s.last_autovacuum IS NULL AND pg_relation_size(s.relid) > 0
     ORDER BY s.relid LIMIT 1`,
    [closed],
  )
  const name = rows[0]?.name
  if (name !== undefined) await owner.query(`VACUUM (FREEZE) ${name}`)
  return name
}
