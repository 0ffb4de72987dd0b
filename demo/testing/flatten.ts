/** What came in, decoded by other code than what encoded it, flattened to one entry per span, record and point. */
export interface Received {
  readonly traces: SeenSpan[]
  readonly logs: SeenLog[]
  readonly metrics: SeenPoint[]
}

export interface SeenSpan extends Seen {
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  readonly statusCode: number
  readonly events: readonly { readonly name: string; readonly time: bigint; readonly attributes: Seen['attributes'] }[]
  readonly links: readonly string[]
}
export interface SeenLog extends Seen {
  readonly spanId: string
  readonly time: bigint
  readonly severity: string
  readonly body: string
  readonly eventName: string
}
export interface SeenPoint {
  readonly service: string
  readonly version: string
  /** `service.instance.id` */
  readonly instance: string
  readonly metric: string
  readonly unit: string
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram'
  readonly start: bigint
  readonly time: bigint
  /** Of the two histograms. */
  readonly count: bigint | undefined
}
interface Seen {
  readonly service: string
  readonly version: string
  /** `service.instance.id` */
  readonly instance: string
  readonly traceId: string
  readonly attributes: Readonly<Record<string, Value>>
}
type Value = string | bigint | number | boolean | readonly Value[] | undefined

interface WireValue {
  readonly string_value?: string
  readonly bool_value?: boolean
  readonly int_value?: bigint
  readonly double_value?: number
  readonly array_value?: { readonly values: readonly WireValue[] }
}
type WireAttributes = readonly { readonly key: string; readonly value: WireValue | null }[]
interface WireResource {
  readonly resource: { readonly attributes: WireAttributes }
}
interface WireIds {
  readonly trace_id: string
  readonly span_id: string
  readonly attributes: WireAttributes
}
interface WireSpan extends WireIds {
  readonly parent_span_id: string
  readonly name: string
  readonly kind: number
  readonly start_time_unix_nano: bigint
  readonly end_time_unix_nano: bigint
  readonly events: readonly {
    readonly time_unix_nano: bigint
    readonly name: string
    readonly attributes: WireAttributes
  }[]
  readonly links: readonly { readonly span_id: string }[]
  readonly status: { readonly code: number } | null
}
interface WireLog extends WireIds {
  readonly time_unix_nano: bigint
  readonly severity_text: string
  readonly body: WireValue | null
  readonly event_name: string
}
interface WirePoints {
  readonly data_points: readonly {
    readonly start_time_unix_nano: bigint
    readonly time_unix_nano: bigint
    readonly count?: bigint
  }[]
}
type WireMetric = { readonly name: string; readonly unit: string } & Readonly<
  Record<SeenPoint['kind'], WirePoints | null>
>
export interface WireTraces {
  readonly resource_spans: readonly (WireResource & {
    readonly scope_spans: readonly { readonly spans: readonly WireSpan[] }[]
  })[]
}
export interface WireLogs {
  readonly resource_logs: readonly (WireResource & {
    readonly scope_logs: readonly { readonly log_records: readonly WireLog[] }[]
  })[]
}
export interface WireMetrics {
  readonly resource_metrics: readonly (WireResource & {
    readonly scope_metrics: readonly { readonly metrics: readonly WireMetric[] }[]
  })[]
}

export function spansOf({ resource_spans }: WireTraces): SeenSpan[] {
  return resource_spans.flatMap(group =>
    group.scope_spans.flatMap(({ spans }) =>
      spans.map(span => ({
        ...origin(group),
        traceId: hex(span.trace_id),
        spanId: hex(span.span_id),
        parentSpanId: hex(span.parent_span_id),
        name: span.name,
        kind: span.kind,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        attributes: attributes(span.attributes),
        statusCode: span.status?.code ?? 0,
        events: span.events.map(event => ({
          name: event.name,
          time: event.time_unix_nano,
          attributes: attributes(event.attributes),
        })),
        links: span.links.map(link => hex(link.span_id)),
      })),
    ),
  )
}

export function logsOf({ resource_logs }: WireLogs): SeenLog[] {
  return resource_logs.flatMap(group =>
    group.scope_logs.flatMap(({ log_records }) =>
      log_records.map(record => ({
        ...origin(group),
        traceId: hex(record.trace_id),
        spanId: hex(record.span_id),
        time: record.time_unix_nano,
        severity: record.severity_text,
        body: String(value(record.body)),
        eventName: record.event_name,
        attributes: attributes(record.attributes),
      })),
    ),
  )
}

const KINDS: readonly SeenPoint['kind'][] = ['gauge', 'sum', 'histogram', 'exponential_histogram']

export function pointsOf({ resource_metrics }: WireMetrics): SeenPoint[] {
  return resource_metrics.flatMap(group =>
    group.scope_metrics.flatMap(({ metrics }) =>
      metrics.flatMap(metric =>
        KINDS.flatMap(kind =>
          (metric[kind]?.data_points ?? []).map(point => ({
            ...origin(group),
            metric: metric.name,
            unit: metric.unit,
            kind,
            start: point.start_time_unix_nano,
            time: point.time_unix_nano,
            count: point.count,
          })),
        ),
      ),
    ),
  )
}

function origin({ resource }: WireResource): { service: string; version: string; instance: string } {
  const found = attributes(resource.attributes)
  return {
    service: String(found['service.name']),
    version: String(found['service.version']),
    instance: String(found['service.instance.id']),
  }
}

function attributes(list: WireAttributes): Record<string, Value> {
  return Object.fromEntries(list.map(entry => [entry.key, value(entry.value)]))
}

function value(wire: WireValue | null): Value {
  if (wire === null) return undefined
  if (wire.array_value !== undefined) return wire.array_value.values.map(value)
  return wire.string_value ?? wire.int_value ?? wire.double_value ?? wire.bool_value
}

/** protobufjs gives bytes as base64 where it is asked for text. */
function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}
