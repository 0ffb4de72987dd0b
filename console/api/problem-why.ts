import { z } from 'zod'
import type { Access } from '../../mcp/access.ts'
import { hintsOf, levelSections, verdictOf } from '../../mcp/explanation.ts'
import { type Cause, explainProblem } from '../../store/explain-problem.ts'
import { listOf, type Read, type Scope } from '../../store/reading.ts'
import type { Comparison } from '../contract.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { type Change, changeOf } from './changes.ts'
import { fingerprintParameter } from './problem.ts'
import { framesOf, type StackError } from './stack-frames.ts'

export interface WhyAnswer {
  /** Undefined where nothing of it is in the range. */
  readonly explained: Explained | undefined
}

export interface Explained {
  /** Why it came, in a sentence. */
  readonly verdict: string
  readonly trend: 'new' | 'burst' | 'steady'
  readonly failures: number
  readonly onset: string
  readonly end: string
  readonly is_over: boolean
  readonly blamed: Change | undefined
  readonly nearest: Change | undefined
  readonly because: readonly string[]
  readonly origin: {
    readonly service: string
    readonly operation: string | undefined
    readonly callers: readonly string[]
    readonly trace_id: string | undefined
    readonly span_id: string | undefined
    readonly error_type: string | undefined
    readonly message: string | undefined
    readonly release: string | undefined
    readonly at: string
  }
  readonly stack: readonly StackError[]
  readonly raw_stack: string | undefined
  readonly shared:
    | {
        readonly rows: readonly Comparison[]
        readonly first_is: string
        readonly second_is: string
        readonly first: number
        readonly second: number
        readonly compared: number
      }
    | undefined
  readonly hit: readonly { readonly entity: string; readonly distinct: number; readonly samples: readonly string[] }[]
  readonly levels: readonly { readonly name: string; readonly rows: readonly Readonly<Record<string, unknown>>[] }[]
}

const SHARED_SHOWN = 8

/** Why it came: a question of its own, since it takes longer. */
export const why = endpoint({
  name: 'problem-why',
  query: z.strictObject({ ...rangeQuery, id: fingerprintParameter }),
  async answer({ access, read }, query): Promise<WhyAnswer> {
    return { explained: await explained(access, read, scopeOf({ access, read }, query), query.id) }
  },
})

async function explained(access: Access, read: Read, scope: Scope, id: string): Promise<Explained | undefined> {
  const explanation = await explainProblem(read, scope, id)
  if (explanation === undefined) return undefined
  const { problem, origin, cause, shared } = explanation
  const levels = problem.trend === 'steady' ? [] : await levelSections(access, explanation, scope)
  const hit = await read('SELECT * FROM failure_entities($1, $2, $3, $4, $5)', [
    id,
    new Date(problem.onset - 1),
    new Date(problem.end + 1),
    scope.env,
    scope.visible,
  ])
  return {
    verdict: verdictOf(explanation, hintsOf(explanation, levels)),
    trend: problem.trend,
    failures: problem.failures,
    onset: new Date(problem.onset).toISOString(),
    end: new Date(problem.end).toISOString(),
    is_over: problem.isOver,
    blamed: blamedOf(cause),
    nearest: cause?.nearest === undefined || cause.nearest === cause.change ? undefined : changeOf(cause.nearest),
    because: cause?.because ?? [],
    origin: {
      service: origin.service,
      operation: origin.entryOperation ?? origin.operation,
      callers: origin.callers,
      trace_id: origin.traceId,
      span_id: origin.spanId,
      error_type: origin.errorType,
      message: origin.message,
      release: origin.release,
      at: new Date(origin.at).toISOString(),
    },
    stack: framesOf(origin.stack ?? ''),
    raw_stack: origin.stack,
    shared:
      shared === undefined
        ? undefined
        : {
            rows: shared.shared.slice(0, SHARED_SHOWN).map(({ traits, also, firstShare, secondShare }) => ({
              traits,
              also: also.slice(0, 4),
              bad: firstShare,
              good: secondShare,
            })),
            first_is: shared.firstIs,
            second_is: shared.secondIs,
            first: shared.first,
            second: shared.second,
            compared: shared.compared,
          },
    hit: hit.map(row => ({
      entity: String(row.entity),
      distinct: Number(row.hit),
      samples: listOf(row.samples).map(String),
    })),
    levels: levels.filter(({ rows }) => rows.length > 0).map(({ name, rows }) => ({ name, rows })),
  }
}

function blamedOf(cause: Cause | undefined): Change | undefined {
  return cause?.change === undefined ? undefined : changeOf(cause.change)
}
