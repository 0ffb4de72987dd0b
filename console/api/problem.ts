import { z } from 'zod'
import type { Access } from '../../mcp/access.ts'
import { hintsOf, levelSections, verdictOf } from '../../mcp/explanation.ts'
import { readProblem, similarTo } from '../../mcp/problem.ts'
import { ToolRefusal } from '../../mcp/refusal.ts'
import { fingerprintId } from '../../mcp/tool.ts'
import { readKnownChanges } from '../../store/changes.ts'
import { type Cause, explainProblem } from '../../store/explain-problem.ts'
import { knownIssuesOf } from '../../store/known-issues/of-problem.ts'
import { listOf, type Read, type Scope, textOrNone } from '../../store/reading.ts'
import type { Comparison } from '../contract.ts'
import { endpoint, NotFound, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { type Change, changeOf } from './changes.ts'
import { framesOf, type StackError } from './stack-frames.ts'

export interface ProblemAnswer {
  readonly fingerprint: string
  readonly group_id: string
  readonly kind: string
  readonly status: 'open' | 'resolved' | 'regressed'
  readonly template: string
  readonly services: readonly string[]
  readonly records_ever: number
  readonly first_seen: string
  readonly last_seen: string
  readonly first_release: string | undefined
  readonly from: string
  readonly to: string
  /** Records of other fingerprints of its group. */
  readonly group: readonly { readonly fingerprint: string; readonly template: string; readonly records: number }[]
  readonly trend: readonly { readonly at: string; readonly failures: number }[]
  readonly changes: readonly Change[]
  readonly releases: readonly {
    readonly release: string
    readonly service: string
    readonly failures: number
    readonly first_at: string
  }[]
  readonly similar: readonly {
    readonly fingerprint: string
    readonly template: string
    readonly likeness: number | undefined
    readonly services: readonly string[]
    readonly last_seen: string
  }[]
  /** Known issues that it shows. */
  readonly issues: readonly ProblemIssue[]
}

export interface ProblemIssue {
  readonly name: string
  readonly status: 'known' | 'reopened'
  readonly description: string | undefined
  readonly fix_type: string | undefined
  readonly fix_version: string | undefined
  readonly fix_commit: string | undefined
  readonly reopened_version: string | undefined
}

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

const TREND_PARTS = 90
const SHARED_SHOWN = 8

export const fingerprintParameter = z.string().regex(/^[0-9a-f]{16}$/, 'a fingerprint is 16 hex digits')

export const problem = endpoint({
  name: 'problem',
  query: z.strictObject({ ...rangeQuery, id: fingerprintParameter }),
  async answer({ access, read }, query): Promise<ProblemAnswer> {
    const { id } = query
    const scope = scopeOf({ access, read }, query)
    const [known] = await readProblem(access, id)
    if (known === undefined) throw new NotFound('there is no problem of this id that you may see')
    const services = listOf(known.services).map(String)
    return {
      fingerprint: id,
      group_id: String(known.group_id),
      kind: String(known.kind),
      status: known.status as ProblemAnswer['status'], // the column's three words
      template: String(known.template),
      services,
      records_ever: Number(known.records_ever),
      first_seen: String(known.first_seen),
      last_seen: String(known.last_seen),
      first_release: textOrNone(known.first_release),
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
      group: await readGroup(read, id, String(known.group_id), scope),
      trend: await readTrend(read, scope, id),
      changes: (await readKnownChanges(read, scope.from, scope.to, services)).map(changeOf),
      releases: await readReleases(read, scope, id),
      similar: (await similarTo(access, id)).map(row => ({
        fingerprint: String(row.fingerprint),
        template: String(row.template),
        likeness: row.likeness === undefined ? undefined : Number(row.likeness),
        services: listOf(row.services).map(String),
        last_seen: String(row.last_seen),
      })),
      issues: (await knownIssuesOf(read, id)).map(issue => ({
        name: issue.name,
        status: issue.status,
        description: issue.description,
        fix_type: issue.fixType,
        fix_version: issue.fixVersion,
        fix_commit: issue.fixCommit,
        reopened_version: issue.reopenedVersion,
      })),
    }
  },
})

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

async function readGroup(read: Read, id: string, group: string, { visible }: Scope): Promise<ProblemAnswer['group']> {
  const rows = await read(
    `SELECT fingerprint_hex(f.fingerprint) AS fingerprint, f.template, f.records::float8 AS records FROM fingerprints f
     WHERE f.group_id = $1::bigint AND f.fingerprint <> $2::bigint
       AND EXISTS (SELECT FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint AND is_among(s.service, $3))
     ORDER BY f.records DESC LIMIT 50`,
    [fingerprintId(group), fingerprintId(id), visible],
  )
  return rows.map(row => ({
    fingerprint: String(row.fingerprint),
    template: String(row.template),
    records: Number(row.records),
  }))
}

async function readTrend(read: Read, { from, to, env, visible }: Scope, id: string): Promise<ProblemAnswer['trend']> {
  const partMs = Math.max(1_000, Math.ceil((+to - +from) / TREND_PARTS / 1_000) * 1_000)
  const rows = await read(
    `SELECT floor(extract(epoch FROM timestamp - $2) * 1000 / $6)::int AS part, count(DISTINCT failure)::int AS failures FROM failure_records
     WHERE fingerprint = $1::bigint AND timestamp > $2::timestamptz AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
     GROUP BY 1`,
    [fingerprintId(id), from, to, env, visible, partMs],
  )
  const counts = new Map(rows.map(row => [Number(row.part), Number(row.failures)]))
  return Array.from({ length: Math.ceil((+to - +from) / partMs) }, (_, part) => ({
    at: new Date(+from + part * partMs).toISOString(),
    failures: counts.get(part) ?? 0,
  }))
}

async function readReleases(
  read: Read,
  { from, to, env, visible }: Scope,
  id: string,
): Promise<ProblemAnswer['releases']> {
  const rows = await read(
    `SELECT release, service, count(DISTINCT failure)::int AS failures, min(timestamp) AS first_at FROM failure_records
     WHERE fingerprint = $1::bigint AND timestamp > $2 AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
       AND release IS NOT NULL
     GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20`,
    [fingerprintId(id), from, to, env, visible],
  )
  return rows.map(row => ({
    release: String(row.release),
    service: String(row.service),
    failures: Number(row.failures),
    first_at: String(row.first_at),
  }))
}

export interface Sample {
  readonly timestamp: string
  readonly source: string
  readonly service: string
  readonly environment: string
  readonly release: string | undefined
  readonly error_type: string | undefined
  readonly message: string
  readonly error_message: string | undefined
  readonly trace_id: string | undefined
  readonly request_id: string | undefined
  readonly user_id: string | undefined
  readonly stack: readonly StackError[]
  readonly raw_stack: string | undefined
}

export interface SamplesAnswer {
  readonly samples: readonly Sample[]
}

const SAMPLES_MAX = 50
const STACK_CHARS_MAX = 20_000

export const samples = endpoint({
  name: 'problem-samples',
  query: z.strictObject({ ...rangeQuery, id: fingerprintParameter }),
  async answer({ access, read }, query): Promise<SamplesAnswer> {
    const { from, to, env, visible } = scopeOf({ access, read }, query)
    if (+to <= +from) throw new ToolRefusal('the range ends before it begins')
    const rows = await read(
      `SELECT timestamp, source, service, environment, release, error_type, left(message, 4000) AS message, left(nullif(error_message, message), 4000) AS error_message,
         trace_id, request_id, user_id, left(error_stack, ${STACK_CHARS_MAX}) AS error_stack
       FROM error_events
       WHERE fingerprint = $1::bigint AND timestamp > $2 AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
       ORDER BY timestamp DESC LIMIT ${SAMPLES_MAX}`,
      [fingerprintId(query.id), from, to, env, visible],
    )
    return {
      samples: rows.map(row => {
        const stack = textOrNone(row.error_stack)
        return {
          timestamp: String(row.timestamp),
          source: String(row.source),
          service: String(row.service),
          environment: String(row.environment),
          release: textOrNone(row.release),
          error_type: textOrNone(row.error_type),
          message: String(row.message ?? ''),
          error_message: textOrNone(row.error_message),
          trace_id: textOrNone(row.trace_id),
          request_id: textOrNone(row.request_id),
          user_id: textOrNone(row.user_id),
          stack: framesOf(stack ?? ''),
          raw_stack: stack,
        }
      }),
    }
  },
})
