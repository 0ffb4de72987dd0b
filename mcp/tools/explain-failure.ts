import { z } from 'zod'
import { SensoriumError } from '../../pipeline/errors.ts'
import type { Access } from '../access.ts'
import { counted, nextCall, page, type Row, type Section, traceCall } from '../answer.ts'
import { plainRow } from '../answer-text.ts'
import { readChanges } from '../changes.ts'
import { entityInput, entityOf } from '../entity.ts'
import { readProblem } from '../problem.ts'
import { readTrace } from '../read-trace.ts'
import { isTrouble, readTimeline } from '../timeline.ts'
import { budget, defineTool, fingerprintId, minutes, rangeOf, until } from '../tool.ts'
import { buildTrees, firstCause } from '../trace-tree.ts'
import { whyEmpty } from '../why-empty.ts'

const SEVERITY_WARN = 13
const CHANGES_SHOWN = 10
/** Cosine of two problems' vectors: in the demo, what has nothing in common but its form stays below. */
const LIKENESS_MIN = 0.4
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
    const cause = await causeIn(access, first, trouble)
    const failedAt = new Date(String(first.timestamp))
    const service = String(cause?.service ?? first.service)
    const before = new Date(+failedAt - CHANGES_BEFORE_MINUTES * 60_000)
    const changes = await readChanges(access, before, new Date(+failedAt + 60_000), [
      ...new Set([service, String(first.service)]),
    ])
    const fingerprint = cause?.fingerprint ?? first.fingerprint
    const isKnown = typeof fingerprint === 'string'
    const around = aroundFailure(events, first)
    return {
      summary: `${trouble.length === 0 ? 'Warnings, no errors' : counted(trouble.length, 'error')} among ${counted(total, 'event')}; the first at ${failedAt.toISOString()}; ${counted(changes.releases.length, 'new release')} and ${counted(changes.deploys.length, 'deploy')} of that service in the ${CHANGES_BEFORE_MINUTES} minutes before.`,
      from,
      to,
      sections: [
        { name: 'first_cause', rows: cause === undefined ? [first] : [cause] },
        { name: 'new_releases', ...page(changes.releases, CHANGES_SHOWN), more: 'what_changed' },
        { name: 'deploys', ...page(changes.deploys, CHANGES_SHOWN), more: 'what_changed' },
        { name: 'problem', rows: isKnown ? await readProblem(access, fingerprint) : [] },
        { name: 'similar', rows: isKnown ? await similarTo(access, fingerprint) : [] },
        { name: 'timeline', ...around, total, more: 'get_timeline' },
      ],
      next: [
        ...traceCall(cause ?? first),
        ...(total > events.length ? [nextCall('get_timeline', { [entity.kind]: entity.id })] : []),
      ],
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

async function similarTo(access: Access, fingerprint: string): Promise<Row[]> {
  try {
    const query = { fingerprint: BigInt(fingerprintId(fingerprint)), limit: 10, visible: access.services }
    const { hits } = await access.searcher.similar(query)
    // What only looks alike and is no trouble explains nothing.
    const troubles = hits.filter(
      ({ kind, severity_number, matched }) =>
        (kind === 'error' || severity_number >= SEVERITY_WARN) && (matched.meaning?.measure ?? 1) >= LIKENESS_MIN,
    )
    return troubles.slice(0, 3).map(hit =>
      plainRow({
        fingerprint: hit.fingerprint,
        template: hit.template,
        ...(hit.matched.meaning === undefined ? {} : { likeness: Math.round(hit.matched.meaning.measure * 100) / 100 }),
        records: hit.records,
        last_seen: hit.last_seen.toISOString(),
        services: hit.services.map(place => place.service),
      }),
    )
  } catch (error) {
    // A problem of the last second is not folded yet, so nothing is known to be like it.
    if (error instanceof SensoriumError && error.code === 'USAGE') return []
    throw error
  }
}

const BEFORE = 8
const AFTER = 4

/** The events around the failure; those next to it are the last to be left out. */
function aroundFailure(events: readonly Row[], first: Row): Pick<Section, 'rows' | 'ranks'> {
  const at = events.indexOf(first)
  const start = Math.max(0, at - BEFORE)
  const rows = events.slice(start, at + AFTER + 1)
  return { rows, ranks: rows.map((_, i) => Math.abs(start + i - at)) }
}
