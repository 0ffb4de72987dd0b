import type pg from 'pg'
import { READER_ROLE, WRITER_ROLE } from '../roles.ts'
import { type Partitions, partitionsOf } from './catalog.ts'
import { missingRanges, partitionName, type Range } from './ranges.ts'
import { type Patience, withShortLocks } from './short-locks.ts'
import type { TimeTable } from './tables.ts'

/** Ranges that are there before their time comes: a process that is down for a day, or a clock ahead, finds them. */
const RANGES_AHEAD = 2
/** And one that has passed: at midnight, much of what comes in is of yesterday. */
const RANGES_BEHIND = 1

export const restName = (table: string): string => `${table}_default`

/**
 * Makes the partitions around `now` that are missing, and the default one; returns their names. Ranges of which the
 * default partition holds rows already are left to the move of those (`odd-rows.ts`).
 */
export async function makeAhead(
  owner: pg.ClientBase,
  table: TimeTable,
  now: Date,
  size: number,
  patience?: Patience,
): Promise<string[]> {
  const { ranges, rest } = await partitionsOf(owner, table.table)
  if (rest === undefined) await withShortLocks(owner, () => attachRest(owner, table), patience)
  const wanted = { from: +now - RANGES_BEHIND * size, to: +now + RANGES_AHEAD * size }
  const made: string[] = []
  for (const range of missingRanges(ranges, aligned(wanted, size), size)) {
    if (rest !== undefined && (await hasRows(owner, rest, table.timeColumn, range))) continue
    made.push(await withShortLocks(owner, () => attachRange(owner, table, range), patience))
  }
  return made
}

function aligned({ from, to }: Range, size: number): Range {
  return { from: Math.floor(from / size) * size, to: (Math.floor(to / size) + 1) * size }
}

async function hasRows(owner: pg.ClientBase, rest: string, timeColumn: string, { from, to }: Range): Promise<boolean> {
  const { rowCount } = await owner.query(
    `SELECT FROM ${rest} WHERE ${timeColumn} >= $1 AND ${timeColumn} < $2 LIMIT 1`,
    [new Date(from), new Date(to)],
  )
  return rowCount === 1
}

async function attachRest(owner: pg.ClientBase, { table }: TimeTable): Promise<void> {
  await owner.query(standalone(table, restName(table)))
  await owner.query(`ALTER TABLE ${table} ATTACH PARTITION ${restName(table)} DEFAULT`)
}

/** Within a transaction: makes the partition, empty or filled by `fill`, and attaches it. Returns its name. */
export async function attachRange(
  owner: pg.ClientBase,
  { table, early }: TimeTable,
  range: Range,
  fill: (name: string) => Promise<void> = async () => {},
): Promise<string> {
  const name = partitionName(table, range.from)
  await owner.query(standalone(table, name, early && `PARTITION BY LIST (${early.column})`))
  if (early !== undefined) {
    const values = early.values.map(value => `'${value}'`).join(', ')
    await owner.query(`${standalone(table, earlyName(name))};
      ${standalone(table, `${name}_rest`)};
      ALTER TABLE ${name} ATTACH PARTITION ${earlyName(name)} FOR VALUES IN (${values});
      ALTER TABLE ${name} ATTACH PARTITION ${name}_rest DEFAULT`)
  }
  await fill(name)
  await owner.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES ${bounds(range)}`)
  return name
}

export const earlyName = (partition: string): string => `${partition}_early`

/**
 * Made aside and attached, rather than as a partition: that locks the table against other changes only, not against
 * rows. The attaching makes its indexes. Whoever may read the table reads it through the table; by itself it is nobody's.
 */
function standalone(table: string, name: string, partitionBy = ''): string {
  return `CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION
      INCLUDING CONSTRAINTS) ${partitionBy};
    ${ownerOnly(name)}`
}

/** Takes back what our roles have by default. They may be missing: then there is nothing to take back. */
export function ownerOnly(name: string): string {
  return `DO $revoke$ BEGIN
    EXECUTE (SELECT coalesce(string_agg(format('REVOKE ALL ON ${name} FROM %I', rolname), '; '), 'SELECT')
      FROM pg_roles WHERE rolname IN ('${WRITER_ROLE}', '${READER_ROLE}'));
  END $revoke$`
}

export function bounds({ from, to }: Range): string {
  return `FROM (${bound(from)}) TO (${bound(to)})`
}

function bound(at: number): string {
  if (at === -Infinity) return 'MINVALUE'
  return at === Infinity ? 'MAXVALUE' : `'${new Date(at).toISOString()}'`
}

export function covers({ ranges }: Partitions, at: number): boolean {
  return ranges.some(({ from, to }) => from <= at && at < to)
}
