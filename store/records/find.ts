import { KINDS, type RecordKind } from '../../analysis/record-query/fields.ts'
import type { Filter, RecordQuery } from '../../analysis/record-query/parse.ts'
import type { Read } from '../reading.ts'
import { type Conditions, conditionsOn, kindsOf, readTerms, type Term } from './conditions.ts'
import { columnsOf, SOURCES, type Source } from './sources.ts'

export type RecordRow = Readonly<Record<string, unknown>> & {
  readonly timestamp: string
  readonly kind: RecordKind
  readonly ref: string
}

export interface FoundRecords {
  /** The newest first. */
  readonly rows: readonly RecordRow[]
  /** There are older ones, or may be. */
  readonly hasMore: boolean
  /** Back to then all was looked at: time ran out there. Undefined where the whole range was. */
  readonly lookedBackTo: string | undefined
}

export interface FindOptions {
  /** Reads as the reader; nothing of it is shown: `plainStatement` says the same in one statement. */
  readonly read: Read
  /** Services that the asker may see; null is all. */
  readonly visible: readonly string[] | null
  readonly limit: number
  /** Attributes that are shown as columns, too. */
  readonly attributes?: readonly string[]
  /** Records up to this time, exact to the microsecond, without the first `skip` of it: where the page before ended. */
  readonly before?: string | undefined
  readonly skip?: number
  /** What all statements together may take. */
  readonly budgetMs?: number
}

const BUDGET_MS = 2_500
/** Blocks at first, of some hundred records each; twice as many each time. */
const SLICE_BLOCKS = 16
const SLICE_BLOCKS_MAX = 2_048

/**
 * Records that a question finds, the newest first: slice by slice from the newest on, in each only the times that the
 * filters of the blocks point to. So the latest come at once however many there are, and what finds little ends when its
 * time is up, and says so.
 *
 * @throws a DatabaseError 22023 where a word has nothing that can be looked for
 */
export async function findRecords(query: RecordQuery, options: FindOptions): Promise<FoundRecords> {
  const { limit, skip = 0, budgetMs = BUDGET_MS } = options
  const to = options.before ?? query.to.toISOString()
  const terms = await readTerms(options.read, query)
  const tasks = kindsOf(query, KINDS).flatMap(kind => {
    const conditions = conditionsOn(SOURCES[kind], query, terms, options.visible)
    if (conditions === undefined) return []
    return [{ source: SOURCES[kind], conditions, terms, query, options, from: query.from.toISOString(), to }]
  })
  // What an index leads to costs little; the others share the time.
  const isSliced = ({ source, conditions }: (typeof tasks)[number]) =>
    source.blocks !== undefined && !conditions.isSelective
  const sliced = tasks.filter(isSliced).length
  const found: RecordRow[] = []
  let lookedBackTo: string | undefined
  for (const task of tasks) {
    const end = performance.now() + budgetMs / Math.max(1, sliced)
    const part = await findIn({ ...task, end, wanted: limit + skip + 1 })
    found.push(...part.rows)
    if (part.reached !== undefined && (lookedBackTo === undefined || isBefore(lookedBackTo, part.reached)))
      lookedBackTo = part.reached
  }
  const sorted = found
    .sort(newestFirst)
    .filter(({ timestamp }) => lookedBackTo === undefined || !isBefore(timestamp, lookedBackTo))
  const rows = sorted.slice(skip, skip + limit)
  return {
    rows,
    hasMore: sorted.length > skip + limit || lookedBackTo !== undefined,
    lookedBackTo: sorted.length > skip + limit ? undefined : lookedBackTo,
  }
}

function newestFirst(a: RecordRow, b: RecordRow): number {
  if (a.timestamp !== b.timestamp) return isBefore(a.timestamp, b.timestamp) ? 1 : -1
  return a.kind === b.kind ? (a.ref < b.ref ? -1 : 1) : a.kind < b.kind ? -1 : 1
}

/** Of instants in UTC, to the millisecond or to the microsecond. */
function isBefore(a: string, b: string): boolean {
  return a.slice(0, -1) < b.slice(0, -1)
}

interface Task {
  readonly source: Source
  readonly conditions: Conditions
  readonly terms: readonly Term[]
  readonly query: RecordQuery
  readonly options: FindOptions
  readonly from: string
  readonly to: string
  readonly wanted: number
  /** By `performance.now()`. */
  readonly end: number
}

interface Part {
  readonly rows: RecordRow[]
  readonly reached: string | undefined
}

async function findIn(task: Task): Promise<Part> {
  const { source, conditions, options, from, to, wanted, end } = task
  if (source.blocks === undefined || conditions.isSelective) {
    return { rows: await readRows(task, to, undefined, wanted), reached: undefined }
  }
  const isSpan = source.blocks === 'spans'
  const ways = await waysOf(task)
  const rows: RecordRow[] = []
  let upper = to
  for (
    let blocks = SLICE_BLOCKS;
    isBefore(from, upper) && rows.length < wanted;
    blocks = Math.min(SLICE_BLOCKS_MAX, 2 * blocks)
  ) {
    if (performance.now() > end) return { rows, reached: upper }
    const lower = await lowerEnd(options.read, isSpan, from, upper, blocks)
    const slice = { ...task, from: lower }
    if (ways.length === 0) rows.push(...(await readRows(slice, upper, undefined, wanted - rows.length)))
    else {
      const times = await timesOf(options.read, isSpan, ways, lower, upper)
      if (times.length > 0) rows.push(...(await readRows(slice, upper, times, wanted - rows.length)))
    }
    if (!isBefore(lower, upper)) break
    upper = lower
  }
  return { rows, reached: undefined }
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
async function waysOf({ source, terms, query, options }: Task): Promise<(readonly unknown[])[]> {
  const ways: (readonly unknown[])[] = []
  const add = async (sql: string, values: readonly unknown[]) => {
    const [row] = await options.read(sql, values)
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

async function readRows(
  { source, conditions, options, from }: Task,
  upper: string,
  times: readonly string[] | undefined,
  limit: number,
): Promise<RecordRow[]> {
  const values = [...conditions.values]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const wide = options.attributes ?? []
  const shown =
    wide.length === 0
      ? ''
      : `, (SELECT jsonb_object_agg(k, left(${source.attributes}->>k, 300)) FROM unnest(${parameter(wide)}::text[]) k WHERE ${source.attributes} ? k) AS attributes`
  const { time } = source
  const where = [
    `${time} > ${parameter(from)}::timestamptz`,
    `${time} <= ${parameter(upper)}::timestamptz`,
    ...conditions.sql,
  ]
  const select = (more: readonly string[]) =>
    `SELECT ${columnsOf(source)}${shown} FROM ${source.table} r WHERE ${[...more, ...where].join(' AND ')}
     ORDER BY ${time} DESC, ${source.ref} LIMIT ${limit}`
  const sql =
    times === undefined
      ? select([])
      : `SELECT found.* FROM unnest(${parameter(times)}::tstzrange[]) t CROSS JOIN LATERAL (
           ${select([`${time} >= lower(t)`, `${time} <= upper(t)`])}) found ORDER BY found.timestamp DESC, found.ref LIMIT ${limit}`
  // The columns of SOURCES.
  return [...(await options.read(sql, values))] as unknown as RecordRow[]
}
