import { buildTrees, firstCause } from '../analysis/trace/tree.ts'
import type { Access } from './access.ts'
import type { Row, Section } from './answer.ts'
import { readTrace } from './read-trace.ts'

/** Of the traces that the trouble is in, the span where the failure began; its exception's problem with it. */
export async function causeInTrace(access: Access, first: Row, trouble: readonly Row[]): Promise<Row | undefined> {
  const traceId = first.trace_id ?? trouble.find(row => row.trace_id !== undefined)?.trace_id
  const trace = traceId === undefined ? undefined : await readTrace(access, String(traceId))
  const node = trace === undefined ? undefined : firstCause(buildTrees(trace.spans))
  if (trace === undefined || node === undefined) return undefined
  const { span } = node
  const [stored] = await access.rows(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, service_version AS release FROM trace_spans
     WHERE trace_id = $1 AND span_id = $2 AND timestamp >= $3 AND timestamp <= $4 LIMIT 1`,
    [trace.traceId, span.spanId, new Date(+trace.from - 1_000), new Date(+trace.to + 1_000)],
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

const BEFORE = 8
const AFTER = 4

/** The events around the failure; those next to it are the last to be left out. */
export function timelineSection(events: readonly Row[], first: Row, total: number): Section {
  const at = events.indexOf(first)
  const start = Math.max(0, at - BEFORE)
  const rows = events.slice(start, at + AFTER + 1)
  return { name: 'timeline', rows, ranks: rows.map((_, i) => Math.abs(start + i - at)), total, more: 'get_timeline' }
}
