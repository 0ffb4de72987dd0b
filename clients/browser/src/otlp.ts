/** OTLP/JSON, as far as a page needs it: opentelemetry-proto 1.x, JSON mapping of the OTLP specification. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
}

export interface PageSpan extends SpanContext {
  readonly parentSpanId?: string | undefined
  readonly name: string
  /** SpanKind: 1 internal, 3 client. */
  readonly kind: 1 | 3
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly events?: readonly { readonly name: string; readonly timeMs: number }[]
  readonly link?: SpanContext | undefined
  /** Set: the span failed. */
  readonly failure?: string | undefined
}

export interface PageLog {
  readonly eventName: string
  readonly severity: 'INFO' | 'ERROR'
  readonly timeMs: number
  readonly body: string
  readonly attributes: Attributes
  readonly context?: SpanContext | undefined
}

const SEVERITY_NUMBER = { INFO: 9, ERROR: 17 } as const
/** The sampled flag: what is sent was kept. */
const SAMPLED = 1

export function spanJson(span: PageSpan): string {
  const { traceId, spanId, parentSpanId, name, kind, link, failure } = span
  return JSON.stringify({
    ...{ traceId, spanId, parentSpanId, name, kind },
    flags: SAMPLED,
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(Math.max(span.startMs, span.endMs)),
    attributes: keyValues(span.attributes),
    events: span.events?.map(event => ({ name: event.name, timeUnixNano: nanos(event.timeMs) })),
    links: link === undefined ? undefined : [link],
    status: failure === undefined ? undefined : { code: 2, message: failure },
  })
}

export function logJson({ eventName, severity, timeMs, body, attributes, context }: PageLog): string {
  return JSON.stringify({
    timeUnixNano: nanos(timeMs),
    observedTimeUnixNano: nanos(timeMs),
    severityNumber: SEVERITY_NUMBER[severity],
    severityText: severity,
    eventName,
    body: { stringValue: body },
    attributes: keyValues(attributes),
    ...(context === undefined ? {} : { traceId: context.traceId, spanId: context.spanId, flags: SAMPLED }),
  })
}

/** The request around records that are JSON already. */
export function requestBody(signal: 'traces' | 'logs', resource: Attributes, records: readonly string[]): string {
  const [outer, inner, list] =
    signal === 'traces' ? ['resourceSpans', 'scopeSpans', 'spans'] : ['resourceLogs', 'scopeLogs', 'logRecords']
  const about = JSON.stringify({ attributes: keyValues(resource) })
  return `{"${outer}":[{"resource":${about},"${inner}":[{"scope":{"name":"@sensorium/browser"},"${list}":[${records.join(',')}]}]}]}`
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  )
}

function anyValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Milliseconds hold microseconds at today's dates; the nine digits below are what JSON needs as a text. */
function nanos(ms: number): string {
  return `${Math.round(ms * 1000)}000`
}
