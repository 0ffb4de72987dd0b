import { z } from 'zod'
import type { Access } from '../access.ts'
import type { Row } from '../answer.ts'
import { readChanges } from '../changes.ts'
import { entityInput, entityOf } from '../entity.ts'
import { readTrace } from '../read-trace.ts'
import { readTimeline } from '../timeline.ts'
import { budget, defineTool, fingerprintId, minutes, rangeOf, until } from '../tool.ts'
import { buildTrees, firstCause } from '../trace-tree.ts'
import { whyEmpty } from '../why-empty.ts'
import { isTrouble } from './get-timeline.ts'

const SEVERITY_WARN = 13
/** Changes are looked for in the time before the failure. */
const CHANGES_BEFORE_MINUTES = 120

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Why did it fail, and what changed',
  description:
    'First cause of an entity’s failure in time and call depth, what changed right before, similar past problems. {"deal_id":"d-17"}',
  input: z.strictObject({ ...entityInput, minutes: minutes(1_440), until, ...budget }),
  async run({ minutes, until, ...args }, access) {
    const entity = entityOf(args)
    const { from, to } = rangeOf(access, minutes, until)
    const { events } = await readTimeline(access, entity, from, to)
    const trouble = events.filter(row => isTrouble(row.level) && row.level !== 'warn' && row.level !== 'warning')
    const first = trouble[0] ?? events.find(row => isTrouble(row.level))
    if (first === undefined) {
      return {
        summary: `${events.length} events of this ${entity.kind}, none of them an error or a warning.`,
        from,
        to,
        sections: [{ name: 'last_events', rows: events.slice(-10) }],
        empty:
          events.length > 0 ? undefined : `No record names this ${entity.kind}. ${await whyEmpty(access, { from })}`,
      }
    }
    const cause = await causeIn(access, first, trouble)
    const failedAt = new Date(String(first.timestamp))
    const service = String(cause?.service ?? first.service)
    const before = new Date(+failedAt - CHANGES_BEFORE_MINUTES * 60_000)
    const changes = await readChanges(access, before, new Date(+failedAt + 60_000), [
      ...new Set([service, String(first.service)]),
    ])
    const problem = await problemOf(access, cause?.fingerprint ?? first.fingerprint)
    return {
      summary: `${trouble.length} errors among ${events.length} events; the first at ${failedAt.toISOString()}; ${changes.releases.length} new releases and ${changes.deploys.length} deploys of that service in the ${CHANGES_BEFORE_MINUTES} minutes before.`,
      from,
      to,
      sections: [
        { name: 'first_cause', rows: cause === undefined ? [first] : [cause] },
        { name: 'new_releases', rows: changes.releases },
        { name: 'deploys', rows: changes.deploys.slice(0, 10) },
        { name: 'problem', rows: problem },
        { name: 'similar', rows: await similarTo(access, cause?.fingerprint ?? first.fingerprint) },
        { name: 'timeline', rows: aroundFailure(events, first), more: 'get_timeline' },
      ],
      next: first.trace_id === undefined ? [] : [`trace_request {"trace_id":"${first.trace_id}"}`],
    }
  },
})

/** Of the traces that the trouble is in, the span where the failure began; its exception's problem with it. */
async function causeIn(access: Access, first: Row, trouble: readonly Row[]): Promise<Row | undefined> {
  const traceId = first.trace_id ?? trouble.find(row => row.trace_id !== undefined)?.trace_id
  const trace = traceId === undefined ? undefined : await readTrace(access, String(traceId))
  const node = trace === undefined ? undefined : firstCause(buildTrees(trace.spans))
  if (trace === undefined || node === undefined) return undefined
  const { span } = node
  const [stored] = await access.rows(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, service_version AS release FROM trace_spans
     WHERE trace_id = $1 AND span_id = $2 LIMIT 1`,
    [trace.traceId, span.spanId],
  )
  return {
    ...stored,
    service: span.service,
    operation: span.name,
    depth: node.depth,
    at: new Date(+trace.from + span.startMs + span.durationMs).toISOString(),
    trace_id: trace.traceId,
    span_id: span.spanId,
    ...(span.exception === undefined ? {} : { exception: span.exception }),
    ...(span.statusMessage === undefined ? {} : { message: span.statusMessage }),
  }
}

async function problemOf(access: Access, fingerprint: unknown): Promise<Row[]> {
  if (typeof fingerprint !== 'string') return []
  return access.rows(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, lpad(to_hex(group_id), 16, '0') AS group_id, status, template,
       records::float8 AS records, first_seen, first_release
     FROM fingerprints WHERE fingerprint = $1`,
    [fingerprintId(fingerprint)],
  )
}

async function similarTo(access: Access, fingerprint: unknown): Promise<Row[]> {
  // What is alike is looked for in all services: only who may see all of them is told.
  if (typeof fingerprint !== 'string' || access.services !== undefined) return []
  try {
    const { hits } = await access.searcher.similar({ fingerprint: BigInt(fingerprintId(fingerprint)), limit: 10 })
    // What only looks alike and is no trouble explains nothing.
    const troubles = hits.filter(hit => hit.kind === 'error' || hit.severity_number >= SEVERITY_WARN).slice(0, 3)
    return troubles.map(hit => ({
      fingerprint: hit.fingerprint,
      template: hit.template,
      records: hit.records,
      last_seen: hit.last_seen.toISOString(),
      services: hit.services.map(place => place.service),
    }))
  } catch {
    // A problem of the last second is not folded yet, so nothing is known to be like it.
    return []
  }
}

const BEFORE = 8
const AFTER = 4

function aroundFailure(events: readonly Row[], first: Row): readonly Row[] {
  const at = events.indexOf(first)
  return events.slice(Math.max(0, at - BEFORE), at + AFTER + 1)
}
