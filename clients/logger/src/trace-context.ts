import { activeSpanIds } from '../../delivery/open-telemetry.ts'

/** The active span's ids under the names that OpenTelemetry gives them in logs that are no OTLP. */
export interface TraceFields {
  readonly trace_id?: string
  readonly span_id?: string
  readonly trace_flags?: string
}

/** Empty outside of a span. The object is a new one each time, since pino writes the line's fields into it. */
export function traceFields(): TraceFields {
  const ids = activeSpanIds()
  if (ids === undefined) return {}
  return { trace_id: ids.traceId, span_id: ids.spanId, trace_flags: ids.traceFlags.toString(16).padStart(2, '0') }
}
