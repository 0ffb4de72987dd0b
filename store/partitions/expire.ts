import type pg from 'pg'
import { partitionsOf } from './catalog.ts'
import { earlyName } from './make.ts'
import { isExpired } from './ranges.ts'
import { type Patience, withShortLocks } from './short-locks.ts'
import type { TimeTable } from './tables.ts'

/** Detached under one lock of the table: each costs milliseconds, and a first run may find months of them. */
const DETACH_TOGETHER = 20
const DETACHED = '_detached'

export interface ExpireOptions {
  readonly now: Date
  readonly keepDays: number
  /** Of the levels that leave early, where the table has such. */
  readonly earlyDays?: number
  readonly patience?: Patience
}

/**
 * Drops the partitions of which nothing is to be kept, and returns how many. The table is locked for the detaching
 * alone; the files go afterwards, when the partition is nobody's. (DETACH CONCURRENTLY is not for tables that have a
 * default partition.) Killed in between, a detached table is left, and the next run drops it.
 */
export async function dropExpired(owner: pg.ClientBase, table: TimeTable, options: ExpireOptions): Promise<number> {
  const { now, keepDays, earlyDays, patience } = options
  const { ranges } = await partitionsOf(owner, table.table)
  const expired = ranges.filter(range => isExpired(range, now, keepDays)).map(({ name }) => name)
  for (let at = 0; at < expired.length; at += DETACH_TOGETHER) {
    const names = expired.slice(at, at + DETACH_TOGETHER)
    await withShortLocks(owner, () => detach(owner, table.table, names), patience)
    if (patience?.signal?.aborted) break
  }
  let dropped = await dropDetached(owner, table.table)
  if (earlyDays === undefined || table.early === undefined) return dropped
  const kept = ranges.filter(({ name }) => !expired.includes(name))
  const leaves = await tablesAmong(
    owner,
    kept.filter(range => isExpired(range, now, earlyDays)).map(({ name }) => earlyName(name)),
  )
  for (const leaf of leaves) {
    const parent = leaf.slice(0, -earlyName('').length)
    await withShortLocks(owner, () => detach(owner, parent, [leaf]), patience)
    dropped += await dropDetached(owner, table.table)
  }
  return dropped
}

async function detach(owner: pg.ClientBase, parent: string, names: readonly string[]): Promise<void> {
  const statements = names.map(
    name => `ALTER TABLE ${parent} DETACH PARTITION ${name}; ALTER TABLE ${name} RENAME TO ${name}${DETACHED}`,
  )
  await owner.query(statements.join('; '))
}

async function dropDetached(owner: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND NOT relispartition
       AND relkind IN ('r', 'p') AND relname ~ ('^' || $1 || '_(p[0-9t]+(_early)?|before)${DETACHED}$')`,
    [table],
  )
  for (const { name } of rows) await owner.query(`DROP TABLE ${name}`)
  return rows.length
}

async function tablesAmong(owner: pg.ClientBase, names: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relispartition
       AND relname = ANY ($1) ORDER BY 1`,
    [names],
  )
  return rows.map(({ name }) => name)
}
