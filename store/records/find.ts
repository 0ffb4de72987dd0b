import { KINDS } from '../../analysis/record-query/fields.ts'
import type { RecordQuery } from '../../analysis/record-query/parse.ts'
import type { Read } from '../reading.ts'
import { conditionsOn, kindsOf, readTerms } from './conditions.ts'
import { isBefore, type RecordRow } from './rows.ts'
import { SOURCES } from './sources.ts'
import { startWalk } from './walk.ts'

export type { RecordRow }

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
  /** They are counted, and not shown. */
  readonly isCounted?: boolean
  /** Records up to this time, exact to the microsecond, without the first `skip` of it: where the page before ended. */
  readonly before?: string | undefined
  readonly skip?: number
  /** What all statements together may take. */
  readonly budgetMs?: number
}

const BUDGET_MS = 2_500

/**
 * How many rows of a slice fit, the planner does not know; it takes them for few, and what joining their shapes costs is
 * then less than a hundredth of the whole, where it takes any way for as good as the next: it went through all shapes
 * for each row. Without this it looks each up.
 */
const LOOK_UP_SHAPES = `SELECT set_config('enable_material', 'off', true)`

/**
 * Records that a question finds, the newest first. Each kind is gone through slice by slice from the newest on, in each
 * only at the times that the filters of the blocks point to, and always the kind that has come least far: so the latest
 * come at once however many there are, and what finds little ends when its time is up, and says how far it came.
 *
 * @throws a DatabaseError 22023 where a word has nothing that can be looked for
 */
export async function findRecords(query: RecordQuery, options: FindOptions): Promise<FoundRecords> {
  const { read, visible, limit, attributes = [], isCounted = false, skip = 0, budgetMs = BUDGET_MS } = options
  const end = performance.now() + budgetMs
  const to = options.before ?? query.to.toISOString()
  const wanted = limit + skip + 1
  const terms = await readTerms(read, query)
  await read(LOOK_UP_SHAPES, [])
  const walks = kindsOf(query, KINDS).flatMap(kind => {
    const conditions = conditionsOn(SOURCES[kind], query, terms, visible)
    if (conditions === undefined) return []
    const of = { source: SOURCES[kind], conditions, terms, query, attributes, isCounted }
    return [startWalk({ read, ...of, from: query.from.toISOString(), to, wanted })]
  })
  for (;;) {
    const [next] = walks.filter(({ isOver }) => !isOver).sort((a, b) => (isBefore(a.reached, b.reached) ? 1 : -1))
    const rows = walks
      .flatMap(walk => walk.rows)
      .filter(({ timestamp }) => next === undefined || isBefore(next.reached, timestamp))
    const leftMs = end - performance.now()
    if (next === undefined || rows.length >= wanted || leftMs < 0) {
      const hasMore = rows.length >= wanted
      return {
        rows: rows.sort(newestFirst).slice(skip, skip + limit),
        hasMore: hasMore || next !== undefined,
        lookedBackTo: hasMore ? undefined : next?.reached,
      }
    }
    await next.step(leftMs)
  }
}

function newestFirst(a: RecordRow, b: RecordRow): number {
  if (a.timestamp !== b.timestamp) return isBefore(a.timestamp, b.timestamp) ? 1 : -1
  return a.kind === b.kind ? (a.ref < b.ref ? -1 : 1) : a.kind < b.kind ? -1 : 1
}
