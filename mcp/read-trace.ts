import type { TraceSpan } from '../analysis/trace/tree.ts'
import type { Access } from './access.ts'
import type { Row } from './answer.ts'

export interface StoredTrace {
  readonly traceId: string
  readonly spans: readonly TraceSpan[]
  readonly from: Date
  readonly to: Date
  readonly isPartial: boolean
}

const SPANS_MAX = 4_000

/** The spans of a trace; undefined where there are none that the caller may see. */
export async function readTrace(access: Access, traceId: string): Promise<StoredTrace | undefined> {
  const rows = await access.shown(
    `SELECT span_id, parent_span_id, service, operation_name AS name, kind, status, status_message, timestamp, duration_ms,
       start_time_unix_nano::text AS start,
       (SELECT e->'attributes'->>'exception.type' FROM jsonb_array_elements(events) e WHERE e->>'name' = 'exception' LIMIT 1) AS exception
     FROM trace_spans WHERE trace_id = $1 AND is_among(service, $2)
     ORDER BY start_time_unix_nano LIMIT $3`,
    [traceId, access.services ?? null, SPANS_MAX + 1],
  )
  if (rows.length === 0) return undefined
  const kept = rows.slice(0, SPANS_MAX)
  const begin = BigInt(String(kept[0]!.start))
  const spans = kept.map(
    (row): TraceSpan => ({
      spanId: String(row.span_id),
      parentSpanId: row.parent_span_id === undefined ? undefined : String(row.parent_span_id),
      service: String(row.service),
      name: String(row.name),
      kind: String(row.kind),
      status: String(row.status),
      statusMessage: row.status_message === undefined ? undefined : String(row.status_message),
      startMs: Number(BigInt(String(row.start)) - begin) / 1e6,
      durationMs: Number(row.duration_ms),
      exception: row.exception === undefined ? undefined : String(row.exception),
    }),
  )
  const endMs = spans.reduce((max, span) => Math.max(max, span.startMs + span.durationMs), 0)
  const from = new Date(String(kept[0]!.timestamp))
  return { traceId, spans, from, to: new Date(+from + endMs), isPartial: rows.length > SPANS_MAX }
}

export const LOGS_MAX = 500

/** One more than LOGS_MAX where there are more. */
export function readTraceLogs(access: Access, traceId: string): Promise<Row[]> {
  return access.shown(
    `SELECT timestamp, service, level, left(whole_message(message, error_message), 500) AS message, span_id,
       lpad(to_hex(fingerprint), 16, '0') AS fingerprint
     FROM application_logs WHERE trace_id = $1 AND is_among(service, $2)
     ORDER BY timestamp LIMIT $3`,
    [traceId, access.services ?? null, LOGS_MAX + 1],
  )
}

/** The trace of a request that has the most to tell: one with an error, else the longest. */
export async function traceOfRequest(access: Access, requestId: string): Promise<string | undefined> {
  const [found] = await access.shown(
    `SELECT trace_id FROM (
       SELECT trace_id, bool_or(status = 'error') AS failed, max(duration_ms) AS ms FROM trace_spans
       WHERE request_id = $1 AND is_among(service, $2) GROUP BY 1
       UNION ALL
       SELECT trace_id, bool_or(level IN ('error', 'fatal')), 0 FROM application_logs
       WHERE request_id = $1 AND trace_id IS NOT NULL AND is_among(service, $2) GROUP BY 1
     ) q ORDER BY failed DESC, ms DESC LIMIT 1`,
    [requestId, access.services ?? null],
  )
  return found === undefined ? undefined : String(found.trace_id)
}
