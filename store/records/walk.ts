import type { Filter, RecordQuery } from '../../analysis/record-query/parse.ts'
import type { Read } from '../reading.ts'
import { conditionsOnShapes, type Term } from './conditions.ts'
import { isBefore, type RecordRow, type RowsWanted, readRows } from './rows.ts'

/** What is looked for in one source. */
export interface Task extends Omit<RowsWanted, 'times' | 'limit'> {
  readonly terms: readonly Term[]
  readonly query: RecordQuery
  /** So many of this source are enough. */
  readonly wanted: number
}

/** The way back in time through one source. */
export interface Walk {
  readonly rows: readonly RecordRow[]
  /** All after it was looked at. */
  readonly reached: string
  readonly isOver: boolean
  /** Looks at the next slice, of what is likely to be looked at in this time. */
  step(withinMs: number): Promise<void>
}

/** Where the next slice ends, and of what times it is; all of them where undefined. */
interface Slice {
  readonly lower: string
  readonly times?: readonly string[]
}

/** Blocks at first, of some hundred records each. */
const BLOCKS_MIN = 16
const BLOCKS_MAX = 4_096
/** Of the range, at first, where there are no blocks to go by. */
const FIRST_SHARE = 1 / 64
const WINDOW_MIN_MS = 1_000
/** Slices grow while they take little time, so that nobody waits long for one, on whatever machine. */
const QUICK_MS = 8
const FAIR_MS = 40
const SLOW_MS = 120
/** Of the services that a question names: more shapes lead nowhere in particular. */
const SHAPES_MAX = 500
const FAILURES_MAX = 200

export function startWalk(task: Task): Walk {
  const { read, source, conditions, from, to, wanted } = task
  const rows: RecordRow[] = []
  let reached = to
  let isOver = !isBefore(from, to)
  let size = 1
  let msOfSize = 0
  let led: readonly (readonly unknown[])[] | undefined
  let shapes: readonly string[] | 'any' | undefined

  async function nextSlice(): Promise<Slice> {
    if (conditions.isLedById) return { lower: from }
    if (source.blocks !== undefined) led ??= await waysOf(task)
    const ways = led ?? []
    if (source.blocks === undefined || (conditions.isOfErrors && ways.length === 0)) {
      const ms = Math.max(WINDOW_MIN_MS, size * FIRST_SHARE * (Date.parse(to) - Date.parse(from)))
      const back = new Date(Date.parse(reached) - ms).toISOString()
      const lower = isBefore(from, back) ? back : from
      if (conditions.isOfErrors) shapes ??= await shapesOf(task)
      return Array.isArray(shapes) ? failuresOf(task, shapes, lower, reached) : { lower }
    }
    const isSpan = source.blocks === 'spans'
    const lower = await lowerEnd(
      read,
      isSpan,
      from,
      reached,
      Math.min(BLOCKS_MAX, Math.max(1, Math.ceil(size * BLOCKS_MIN))),
    )
    return ways.length === 0 ? { lower } : { lower, times: await timesOf(read, isSpan, ways, lower, reached) }
  }
  return {
    rows,
    get reached() {
      return reached
    },
    get isOver() {
      return isOver
    },
    async step(withinMs) {
      if (size * msOfSize > withinMs) size = withinMs / msOfSize
      const startedAt = performance.now()
      const { lower, times } = await nextSlice()
      const limit = wanted - rows.length
      const found = times?.length === 0 ? [] : await readRows({ ...task, from: lower, to: reached, times, limit })
      rows.push(...found)
      const tookMs = performance.now() - startedAt
      msOfSize = tookMs / size
      size *= tookMs < QUICK_MS ? 4 : tookMs < FAIR_MS ? 2 : tookMs < SLOW_MS ? 1 : 0.5
      isOver = found.length >= limit || !isBefore(from, lower) || !isBefore(lower, reached)
      reached = found.length >= limit ? found.at(-1)!.timestamp : lower
    },
  }
}

/** Shapes that the question names, where they are few. */
async function shapesOf({ read, source, query }: Task): Promise<readonly string[] | 'any'> {
  const conditions = conditionsOnShapes(source, query)
  if (conditions === undefined || source.rows === undefined) return 'any'
  const where = conditions.sql.join(' AND ')
  const [row] = await read(
    `SELECT ARRAY(SELECT shape_id::text FROM ${source.rows.shapes} r WHERE ${where} LIMIT ${SHAPES_MAX + 1}) AS ids,
       to_regclass('${source.table}_v1') IS NULL AS is_whole`,
    conditions.values,
  )
  // Rows of the form before the present one have no shapes until they have moved.
  const { ids, is_whole } = row as unknown as { readonly ids: readonly string[]; readonly is_whole: boolean } // as selected
  return is_whole && ids.length <= SHAPES_MAX ? ids : 'any'
}

/** The times of failures of these shapes: all of them after `lower`, or the newest of them and where they end. */
async function failuresOf(
  { read, source }: Task,
  shapes: readonly string[],
  lower: string,
  upper: string,
): Promise<Slice> {
  if (shapes.length === 0) return { lower, times: [] }
  const { table, failed } = source.rows!
  const rows = await read(
    `SELECT timestamp FROM ${table} WHERE timestamp > $1::timestamptz AND timestamp <= $2::timestamptz AND ${failed}
       AND shape_id = ANY ($3::bigint[]) ORDER BY timestamp DESC LIMIT ${FAILURES_MAX}`,
    [lower, upper, shapes],
  )
  const times = [...new Set(rows.map(({ timestamp }) => String(timestamp)))]
  const rangesOf = (some: readonly string[]) => some.map(time => `[${time},${time}]`)
  if (rows.length < FAILURES_MAX) return { lower, times: rangesOf(times) }
  // Of the last time there may be more.
  return times.length === 1 ? { lower } : { lower: times.at(-1)!, times: rangesOf(times.slice(0, -1)) }
}

async function lowerEnd(read: Read, isSpan: boolean, from: string, upper: string, blocks: number): Promise<string> {
  const [row] = await read('SELECT search_slice($1, $2::timestamptz, $3::timestamptz, $4) AS lower', [
    isSpan,
    from,
    upper,
    blocks,
  ])
  return String(row!.lower)
}

/** Times of blocks that may hold what all of the ways lead to. */
async function timesOf(
  read: Read,
  isSpan: boolean,
  ways: readonly (readonly unknown[])[],
  lower: string,
  upper: string,
): Promise<readonly string[]> {
  const sets = ways.map(
    (_, i) =>
      `(SELECT coalesce(range_agg(t), '{}') FROM search_times($1, $${i + 4}::bigint[], $2::timestamptz, $3::timestamptz) t)`,
  )
  const rows = await read(`SELECT t::text AS range FROM unnest(${sets.join(' * ')}) t`, [isSpan, lower, upper, ...ways])
  return rows.map(({ range }) => String(range))
}

/** What the filters of blocks know of the question: its words, its problem, the values of attributes that name things. */
async function waysOf({ read, source, terms, query }: Task): Promise<(readonly unknown[])[]> {
  const ways: (readonly unknown[])[] = []
  const add = async (sql: string, values: readonly unknown[]) => {
    const [row] = await read(sql, values)
    if (Array.isArray(row?.ways)) ways.push(row.ways)
  }
  const tokens = new Set(terms.filter(({ word }) => !word.negated).flatMap(term => term.tokens))
  // Of spans the filters have the values, not the words.
  if (tokens.size > 0 && source.blocks === 'logs')
    await add('SELECT search_ways($1::text[]) AS ways', [[...tokens].sort()])
  const only = (filter: Filter) => !filter.negated && filter.values.length === 1
  for (const filter of query.filters.filter(only)) {
    const [value = ''] = filter.values
    if (filter.field === 'problem' && source.blocks === 'logs') {
      await add('SELECT ARRAY[1::bigint] || search_hashes($1) || 0::bigint AS ways', [`#${value.toLowerCase()}`])
    }
    if (filter.field === 'attribute' && !value.includes('*')) {
      await add(`SELECT ARRAY[1::bigint] || search_hashes('=' || $1) || 0::bigint AS ways WHERE is_entity_key($2)`, [
        value,
        filter.key,
      ])
    }
  }
  return ways
}
