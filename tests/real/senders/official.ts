/** Requests as the official classes decode them: protobuf's JSON mapping, with the names and the numbers of the fields. */
export interface OfficialRequest {
  readonly signal: 'traces' | 'logs' | 'metrics'
  readonly request: Wire
}
/** A message of OTLP: its fields by name, 64-bit integers as text, bytes in base64. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of a schema that is told in no type here.
export type Wire = Readonly<Record<string, any>>

type Row = Readonly<Record<string, unknown>>

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error']
const TEMPORALITIES = ['unspecified', 'delta', 'cumulative']

/** What the tables must hold of these requests, in the order of the keys that the test sorts by. */
export function expectedRows(requests: readonly OfficialRequest[]): Record<'traces' | 'logs' | 'metrics', Row[]> {
  const rows: Record<'traces' | 'logs' | 'metrics', Row[]> = { traces: [], logs: [], metrics: [] }
  for (const { signal, request } of requests) {
    if (signal === 'traces') rows.traces.push(...within(request.resource_spans, 'scope_spans', 'spans').map(spanRow))
    if (signal === 'logs') rows.logs.push(...within(request.resource_logs, 'scope_logs', 'log_records').map(logRow))
    if (signal === 'metrics')
      rows.metrics.push(...within(request.resource_metrics, 'scope_metrics', 'metrics').flatMap(pointRows))
  }
  return rows
}

interface Placed {
  readonly item: Wire
  readonly origin: Row
}

function within(resources: readonly Wire[] = [], scopes: string, items: string): Placed[] {
  return resources.flatMap(({ resource, ...ofResource }) =>
    (ofResource as Record<string, Wire[]>)[scopes]!.flatMap(({ scope, ...ofScope }) =>
      (ofScope as Record<string, Wire[]>)[items]!.map(item => ({
        item,
        origin: {
          resource: attributesOf(resource?.attributes),
          resource_schema_url: ofResource.schema_url,
          scope: scope?.name ?? '',
          scope_version: scope?.version ?? '',
          scope_attributes: attributesOf(scope?.attributes),
        },
      })),
    ),
  )
}

function spanRow({ item, origin }: Placed): Row {
  return {
    ...origin,
    ...idsOf(item),
    parent_span_id: hex(item.parent_span_id) ?? null,
    name: item.name,
    kind: KINDS[item.kind],
    status: STATUSES[item.status?.code ?? 0],
    status_message: item.status?.message || null,
    start: item.start_time_unix_nano,
    end: item.end_time_unix_nano,
    attributes: attributesOf(item.attributes),
    trace_state: item.trace_state || null,
    flags: item.flags,
    dropped: [item.dropped_attributes_count, item.dropped_events_count, item.dropped_links_count],
    events: (item.events as Wire[]).map(event => ({
      time_unix_nano: exactInteger(event.time_unix_nano),
      name: event.name,
      attributes: attributesOf(event.attributes),
      dropped_attributes_count: event.dropped_attributes_count,
    })),
    links: (item.links as Wire[]).map(link => ({
      trace_id: hex(link.trace_id),
      span_id: hex(link.span_id),
      trace_state: link.trace_state,
      attributes: attributesOf(link.attributes),
      dropped_attributes_count: link.dropped_attributes_count,
      flags: link.flags,
    })),
  }
}

function logRow({ item, origin }: Placed): Row {
  const body = anyValueOf(item.body)
  const isText = typeof body === 'string'
  return {
    ...origin,
    ...idsOf(item),
    // Undated records are dated by when they were observed.
    time: item.time_unix_nano === '0' ? item.observed_time_unix_nano : item.time_unix_nano,
    observed_us: String(BigInt(item.observed_time_unix_nano) / 1000n),
    severity_number: item.severity_number,
    severity_text: item.severity_text || null,
    event_name: item.event_name || null,
    text: isText ? body : null,
    body: isText ? null : (body ?? null),
    attributes: attributesOf(item.attributes),
    flags: item.flags,
    dropped: item.dropped_attributes_count,
  }
}

function pointRows({ item: metric, origin }: Placed): Row[] {
  const type = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].find(name => metric[name] != null)!
  const data = metric[type] as Wire
  return (data.data_points as Wire[]).map(point => ({
    ...origin,
    name: metric.name,
    type,
    unit: metric.unit || null,
    description: metric.description || null,
    temporality: data.aggregation_temporality === undefined ? null : TEMPORALITIES[data.aggregation_temporality],
    is_monotonic: data.is_monotonic ?? null,
    labels: attributesOf(point.attributes),
    time_us: String(BigInt(point.time_unix_nano) / 1000n),
    value: point.as_double ?? (point.as_int === undefined ? null : Number(point.as_int)),
    value_int: point.as_int ?? null,
    count: point.count ?? null,
    sum: point.sum ?? null,
    min: point.min ?? null,
    max: point.max ?? null,
    bounds: point.explicit_bounds ?? null,
    buckets: point.bucket_counts ?? null,
  }))
}

function idsOf(item: Wire): Row {
  return { trace_id: hex(item.trace_id) ?? null, span_id: hex(item.span_id) ?? null }
}

function hex(base64: string | undefined): string | undefined {
  return base64 ? Buffer.from(base64, 'base64').toString('hex') : undefined
}

function attributesOf(list: readonly Wire[] = []): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, anyValueOf(value)]))
}

function anyValueOf(value: Wire | undefined | null): unknown {
  if (value == null) return null
  if (value.int_value !== undefined) return exactInteger(String(value.int_value))
  if (value.array_value != null) return (value.array_value.values as Wire[]).map(anyValueOf)
  if (value.kvlist_value != null) return attributesOf(value.kvlist_value.values)
  return value.string_value ?? value.bool_value ?? value.double_value ?? value.bytes_value ?? null
}

/** As a number where that is exact, else as its digits: 2^53 + 1 must not pass for 2^53. */
export function exactInteger(digits: string): number | string {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : digits
}
