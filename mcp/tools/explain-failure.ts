import { z } from 'zod'
import { explainProblem } from '../../store/explain-problem.ts'
import type { Access } from '../access.ts'
import { counted, type Found, nextCall, type Row, traceCall } from '../answer.ts'
import { changeRow } from '../changes.ts'
import { type Entity, entityInput, entityOf } from '../entity.ts'
import { causeInTrace, timelineSection } from '../entity-failure.ts'
import { causeRow, hintsOf, levelSections, originRow, verdictOf } from '../explanation.ts'
import { readProblem, similarTo } from '../problem.ts'
import { ToolRefusal } from '../refusal.ts'
import { entityRows, sharedSection } from '../shared-rows.ts'
import { isTrouble, readTimeline } from '../timeline.ts'
import { budget, defineTool, env, fingerprint, minutes, rangeOf, scopeOf, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'
import { ENTITIES } from './what-they-share.ts'

const SHARED_SHOWN = 4

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Why did it fail, and what changed',
  description:
    'Why a problem came, or one thing failed: the release to blame or none, first cause with its chain, file and line, since when, what the failures share, how many are hit. {"fingerprint":"5f914c0f915624f3"}',
  input: z.strictObject({
    fingerprint: fingerprint.optional(),
    ...entityInput,
    env: env.default('*'),
    minutes: minutes(1_440),
    until,
    ...budget,
  }),
  check({ fingerprint, env: _env, minutes: _minutes, until: _until, max_tokens: _tokens, ...entities }) {
    if (fingerprint === undefined) entityOf(entities)
    else if (Object.values(entities).some(value => value !== undefined && value !== '')) {
      throw new ToolRefusal('give a fingerprint or one entity, not both')
    }
  },
  async run({ fingerprint, env, minutes, until, ...args }, access) {
    const { from, to } = rangeOf(access, minutes, until)
    const range = { env, from, to, minutes, until }
    if (fingerprint === undefined) return ofEntity(access, entityOf(args), range)
    const found = await ofProblem(access, fingerprint.toLowerCase(), range)
    if (found !== undefined) return found
    const known = await readProblem(access, fingerprint)
    return {
      summary: 'No failure of this problem.',
      from,
      to,
      sections: [{ name: 'problem', rows: known }],
      next: known.map(row => nextCall('explain_failure', { fingerprint, minutes, until: row.last_seen })),
      empty:
        known.length === 0
          ? 'There is no problem with this fingerprint that this caller may see; search_errors finds some by words.'
          : await whyEmpty(access, { env, from, to }),
    }
  },
})

interface Range {
  readonly env: string
  readonly from: Date
  readonly to: Date
  readonly minutes: number
  readonly until: string | undefined
}

/** The problem as a whole; undefined where nothing of it is in the range. */
async function ofProblem(access: Access, fingerprint: string, range: Range): Promise<Found | undefined> {
  const { from, to, env, minutes, until } = range
  const explanation = await explainProblem(access.rows, scopeOf(access, env, from, to), fingerprint)
  if (explanation === undefined) return undefined
  const { problem, origin, cause, shared } = explanation
  const { service } = origin
  const known = await readProblem(access, fingerprint)
  const during = [new Date(problem.onset - 1), new Date(problem.end + 1), env, access.services ?? null]
  const hit = await access.shown(ENTITIES, [fingerprint, ...during])
  access.show('SELECT * FROM problem_series($1, $2, 120, $3, $4, $5)', [
    from,
    to,
    env,
    access.services ?? null,
    [fingerprint],
  ])
  if (shared?.operation !== undefined)
    access.show('SELECT * FROM what_failures_share($1, $2, $3, $4, $5)', [fingerprint, ...during])
  const levels = problem.trend === 'steady' ? [] : await levelSections(access, explanation, range)
  const hints = hintsOf(explanation, levels)
  return {
    summary: verdictOf(explanation, hints),
    from,
    to,
    sections: [
      { name: 'cause', rows: [causeRow(explanation, known[0], hints)] },
      { name: 'first_cause', rows: [originRow(origin)] },
      sharedSection(shared, SHARED_SHOWN),
      { name: 'hit', rows: entityRows(hit) },
      ...levels,
      {
        name: 'nearest_change',
        rows: cause?.nearest === undefined || cause.nearest === cause.change ? [] : [changeRow(cause.nearest)],
      },
      { name: 'similar', rows: await similarTo(access, fingerprint) },
    ],
    next: [
      nextCall('service_health', {
        service,
        env,
        minutes: Math.min(minutes, 1_440),
        ...(until === undefined ? {} : { until }),
      }),
      nextCall('get_fingerprint_samples', { fingerprint, env, minutes, ...(until === undefined ? {} : { until }) }),
      ...traceCall(origin.traceId === undefined ? undefined : { trace_id: origin.traceId }),
    ],
  }
}

/** One thing that failed: its first cause, then all that is known of the problem which that is. */
async function ofEntity(access: Access, entity: Entity, range: Range): Promise<Found> {
  const { from, to } = range
  const { events, total } = await readTimeline(access, entity, from, to)
  const trouble = events.filter(row => isTrouble(row) && row.level !== 'warn' && row.level !== 'warning')
  const first = trouble[0] ?? events.find(isTrouble)
  if (first === undefined) {
    return {
      summary: `${counted(total, 'event')} of this ${entity.kind}, none of them an error or a warning.`,
      from,
      to,
      sections: [{ name: 'last_events', rows: events.slice(-10), total, more: 'get_timeline' }],
      empty:
        events.length > 0
          ? undefined
          : `No record names this ${entity.kind} in the range. ${await whyEmpty(access, { from, to })}`,
    }
  }
  const cause = await causeInTrace(access, first, trouble)
  const fingerprint = cause?.fingerprint ?? first.fingerprint
  const problem = typeof fingerprint === 'string' ? await ofProblem(access, fingerprint, range) : undefined
  const counts = `${trouble.length === 0 ? 'Warnings, no errors' : counted(trouble.length, 'error')} among ${counted(total, 'event')}; the first at ${String(first.timestamp)}.`
  const own: Row = cause ?? first
  const sections = (problem?.sections ?? []).filter(({ name }) => name !== 'first_cause' && name !== 'similar')
  const [causeSection, ...others] = sections
  const origin = problem?.sections.find(({ name }) => name === 'first_cause')?.rows[0]
  return {
    summary: problem === undefined ? counts : `${counts} Its problem: ${problem.summary}`,
    from,
    to,
    sections: [
      // What is thrown is the same for all failures of a problem; where and when is this one's own.
      { name: 'first_cause', rows: [{ ...own, ...(origin?.chain === undefined ? {} : { chain: origin.chain }) }] },
      ...(causeSection === undefined ? [] : [causeSection]),
      ...others.slice(0, 2),
      timelineSection(events, first, total),
      ...others.slice(2),
      ...(problem?.sections.filter(({ name }) => name === 'similar') ?? []),
    ],
    next: [
      ...traceCall(own),
      ...(typeof fingerprint === 'string'
        ? [nextCall('explain_failure', { fingerprint, minutes: range.minutes })]
        : []),
      ...(total > events.length ? [nextCall('get_timeline', { [entity.kind]: entity.id })] : []),
    ],
  }
}
