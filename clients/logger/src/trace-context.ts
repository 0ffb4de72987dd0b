import { createRequire } from 'node:module'

/** The parts of @opentelemetry/api that are used here. The package depends on none of its versions. */
interface TraceApi {
  readonly trace: {
    getActiveSpan(): { spanContext(): SpanContext } | undefined
  }
  isSpanContextValid(context: SpanContext): boolean
}
interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** The active span's ids under the names that OpenTelemetry gives them in logs that are no OTLP. */
export interface TraceFields {
  readonly trace_id?: string
  readonly span_id?: string
  readonly trace_flags?: string
}

/**
 * Reads the active span where the application has @opentelemetry/api; undefined where it has none. The object is a new
 * one each time, since pino writes the line's fields into it.
 */
export function traceReader(): (() => TraceFields) | undefined {
  const api = findApi()
  if (api === undefined) return undefined
  return () => {
    try {
      const context = api.trace.getActiveSpan()?.spanContext()
      if (context === undefined || !api.isSpanContextValid(context)) return {}
      return {
        trace_id: context.traceId,
        span_id: context.spanId,
        trace_flags: context.traceFlags.toString(16).padStart(2, '0'),
      }
    } catch {
      return {}
    }
  }
}

/** Beside this package or in the application's folder. All copies of it share one state, so any will do. */
function findApi(): TraceApi | undefined {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`, process.argv[1]]) {
    try {
      if (from === undefined) continue
      const api: unknown = createRequire(from)('@opentelemetry/api')
      if (isTraceApi(api)) return api
    } catch {
      // Not installed there.
    }
  }
  return undefined
}

/** `getActiveSpan` came with 1.2. */
function isTraceApi(api: unknown): api is TraceApi {
  const { trace, isSpanContextValid } = api as { trace?: { getActiveSpan?: unknown }; isSpanContextValid?: unknown } // a module
  return typeof trace?.getActiveSpan === 'function' && typeof isSpanContextValid === 'function'
}
