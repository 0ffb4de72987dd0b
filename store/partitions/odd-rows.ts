import type pg from 'pg'
import { type Partitions, partitionsOf } from './catalog.ts'
import { columnsOf } from './columns.ts'
import { attachRange, covers } from './make.ts'
import { gridFloor, type Range, rangeAround } from './ranges.ts'
import { type Patience, withShortLocks } from './short-locks.ts'
import type { TimeTable } from './tables.ts'

/**
 * Rows that one transaction moves: while it runs, the table is closed, for some tenths of a second. A larger pile is cut
 * into narrower ranges, down to a minute.
 */
const MOVE_ROWS_MAX = 20_000
/** Ranges of times that no retention speaks of, such as a clock in the year 2040. More than these stay where they are. */
const FUTURE_RANGES_MAX = 100
const DELETE_BATCH_ROWS = 10_000

export interface OddRows {
  readonly moved: number
  /** Rows that came when they had expired already. */
  readonly deleted: number
}

export interface OddRowsOptions {
  readonly now: Date
  readonly size: number
  readonly keepDays: number
  readonly patience?: Patience
}

/**
 * Gives the rows of the default partition partitions of their own. A range is moved and attached in one transaction, so
 * that every reader sees each row once, whenever the process ends.
 */
export async function moveOddRows(owner: pg.ClientBase, table: TimeTable, options: OddRowsOptions): Promise<OddRows> {
  const partitions = await partitionsOf(owner, table.table)
  const { rest } = partitions
  if (rest === undefined || !(await hasAny(owner, rest))) return { moved: 0, deleted: 0 }
  const { now, size, keepDays, patience } = options
  const expiredBefore = new Date(gridFloor(+now - keepDays * 24 * 3_600_000, size))
  const deleted = await deleteExpired(owner, rest, table.timeColumn, expiredBefore, patience?.signal)
  let moved = 0
  for (const range of await rangesOf(owner, table, rest, partitions, options)) {
    if (patience?.signal?.aborted) break
    moved += await moveRange(owner, table, rest, range, patience)
  }
  return { moved, deleted }
}

async function hasAny(owner: pg.ClientBase, rest: string): Promise<boolean> {
  const { rowCount } = await owner.query(`SELECT FROM ${rest} LIMIT 1`)
  return rowCount === 1
}

/** They were never part of the history: what is in a range of its own leaves with it. */
async function deleteExpired(
  owner: pg.ClientBase,
  rest: string,
  timeColumn: string,
  before: Date,
  signal: AbortSignal | undefined,
): Promise<number> {
  const statement = `DELETE FROM ${rest} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${rest} WHERE ${timeColumn} < $1 LIMIT ${DELETE_BATCH_ROWS})) AND ${timeColumn} < $1`
  for (let total = 0; ; ) {
    const { rowCount } = await owner.query(statement, [before])
    total += rowCount ?? 0
    if ((rowCount ?? 0) === 0 || signal?.aborted) return total
  }
}

/** The ranges to be made for the rows of the default partition, the oldest first. */
async function rangesOf(
  owner: pg.ClientBase,
  { timeColumn }: TimeTable,
  rest: string,
  { ranges }: Partitions,
  { now, size }: OddRowsOptions,
): Promise<Range[]> {
  const { rows } = await owner.query<{ at: string; count: number }>(
    `SELECT extract(epoch FROM date_bin('1 minute', ${timeColumn}, 'epoch'::timestamptz)) * 1000 AS at, count(*)::int AS count
     FROM ${rest} WHERE isfinite(${timeColumn}) GROUP BY 1 ORDER BY 1`,
  )
  const minutes = rows.map(({ at, count }) => ({ at: Number(at), count }))
  const wanted: Range[] = []
  let future = ranges.filter(({ from }) => from > +now + size * 2).length
  for (let i = 0; i < minutes.length; ) {
    const cell = rangeAround([...ranges, ...wanted], minutes[i]!.at, size)
    if (cell === undefined) {
      i += 1
      continue
    }
    const from = wanted.length
    const inside = minutes.filter(({ at }) => at >= cell.from && at < cell.to)
    wanted.push(...cut(cell, inside))
    i += inside.length
    if (cell.from > +now + size * 2 && ++future > FUTURE_RANGES_MAX) wanted.length = from
  }
  return wanted
}

/** A cell as one range, or as several of which none holds more than one transaction moves, if minutes can part them. */
function cut(cell: Range, minutes: readonly { at: number; count: number }[]): Range[] {
  const cuts: number[] = []
  let rows = 0
  for (const { at, count } of minutes) {
    if (rows > 0 && rows + count > MOVE_ROWS_MAX && at > cell.from) {
      cuts.push(at)
      rows = 0
    }
    rows += count
  }
  const edges = [cell.from, ...cuts, cell.to]
  return edges.slice(1).map((to, i) => ({ from: edges[i]!, to }))
}

function moveRange(
  owner: pg.ClientBase,
  table: TimeTable,
  rest: string,
  range: Range,
  patience: Patience | undefined,
): Promise<number> {
  const { timeColumn } = table
  return withShortLocks(
    owner,
    async () => {
      // The table, too: who waited for the default partition alone would read on without the new one and miss its rows.
      await owner.query(`LOCK TABLE ${table.table} IN ACCESS EXCLUSIVE MODE`)
      if (covers(await partitionsOf(owner, table.table), range.from)) return 0
      const columns = (await columnsOf(owner, table.table)).join(', ')
      let moved = 0
      await attachRange(owner, table, range, async name => {
        const { rowCount } = await owner.query(
          `WITH moved AS (DELETE FROM ${rest} WHERE ${timeColumn} >= $1 AND ${timeColumn} < $2 RETURNING ${columns})
           INSERT INTO ${name} (${columns}) SELECT ${columns} FROM moved`,
          [new Date(range.from), new Date(range.to)],
        )
        moved = rowCount ?? 0
      })
      return moved
    },
    patience,
  )
}
