import protobuf from 'protobufjs'

/**
 * OTLP's messages as tables, after the specification of opentelemetry-proto 1.10: number, name and type of each field,
 * for protobufjs. `[]` is repeated, `?` is optional with presence, `|NAME` is one of the alternatives NAME. Types with a
 * dot are messages and enums by their name below `opentelemetry.proto`.
 */
const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  'common.v1.AnyValue': [
    '1 string_value string|value',
    '2 bool_value bool|value',
    '3 int_value int64|value',
    '4 double_value double|value',
    '5 array_value common.v1.ArrayValue|value',
    '6 kvlist_value common.v1.KeyValueList|value',
    '7 bytes_value bytes|value',
    '8 string_value_strindex int32|value',
  ],
  'common.v1.ArrayValue': ['1 values common.v1.AnyValue[]'],
  'common.v1.KeyValueList': ['1 values common.v1.KeyValue[]'],
  'common.v1.KeyValue': ['1 key string', '2 value common.v1.AnyValue', '3 key_strindex int32'],
  'common.v1.InstrumentationScope': [
    '1 name string',
    '2 version string',
    '3 attributes common.v1.KeyValue[]',
    '4 dropped_attributes_count uint32',
  ],
  'common.v1.EntityRef': ['1 schema_url string', '2 type string', '3 id_keys string[]', '4 description_keys string[]'],
  'resource.v1.Resource': [
    '1 attributes common.v1.KeyValue[]',
    '2 dropped_attributes_count uint32',
    '3 entity_refs common.v1.EntityRef[]',
  ],
  'trace.v1.ResourceSpans': [
    '1 resource resource.v1.Resource',
    '2 scope_spans trace.v1.ScopeSpans[]',
    '3 schema_url string',
  ],
  'trace.v1.ScopeSpans': ['1 scope common.v1.InstrumentationScope', '2 spans trace.v1.Span[]', '3 schema_url string'],
  'trace.v1.Span': [
    '1 trace_id bytes',
    '2 span_id bytes',
    '3 trace_state string',
    '4 parent_span_id bytes',
    '5 name string',
    '6 kind trace.v1.Span.SpanKind',
    '7 start_time_unix_nano fixed64',
    '8 end_time_unix_nano fixed64',
    '9 attributes common.v1.KeyValue[]',
    '10 dropped_attributes_count uint32',
    '11 events trace.v1.Span.Event[]',
    '12 dropped_events_count uint32',
    '13 links trace.v1.Span.Link[]',
    '14 dropped_links_count uint32',
    '15 status trace.v1.Status',
    '16 flags fixed32',
  ],
  'trace.v1.Span.Event': [
    '1 time_unix_nano fixed64',
    '2 name string',
    '3 attributes common.v1.KeyValue[]',
    '4 dropped_attributes_count uint32',
  ],
  'trace.v1.Span.Link': [
    '1 trace_id bytes',
    '2 span_id bytes',
    '3 trace_state string',
    '4 attributes common.v1.KeyValue[]',
    '5 dropped_attributes_count uint32',
    '6 flags fixed32',
  ],
  'trace.v1.Status': ['2 message string', '3 code trace.v1.Status.StatusCode'],
  'logs.v1.ResourceLogs': [
    '1 resource resource.v1.Resource',
    '2 scope_logs logs.v1.ScopeLogs[]',
    '3 schema_url string',
  ],
  'logs.v1.ScopeLogs': [
    '1 scope common.v1.InstrumentationScope',
    '2 log_records logs.v1.LogRecord[]',
    '3 schema_url string',
  ],
  'logs.v1.LogRecord': [
    '1 time_unix_nano fixed64',
    '2 severity_number logs.v1.SeverityNumber',
    '3 severity_text string',
    '5 body common.v1.AnyValue',
    '6 attributes common.v1.KeyValue[]',
    '7 dropped_attributes_count uint32',
    '8 flags fixed32',
    '9 trace_id bytes',
    '10 span_id bytes',
    '11 observed_time_unix_nano fixed64',
    '12 event_name string',
  ],
  'metrics.v1.ResourceMetrics': [
    '1 resource resource.v1.Resource',
    '2 scope_metrics metrics.v1.ScopeMetrics[]',
    '3 schema_url string',
  ],
  'metrics.v1.ScopeMetrics': [
    '1 scope common.v1.InstrumentationScope',
    '2 metrics metrics.v1.Metric[]',
    '3 schema_url string',
  ],
  'metrics.v1.Metric': [
    '1 name string',
    '2 description string',
    '3 unit string',
    '5 gauge metrics.v1.Gauge|data',
    '7 sum metrics.v1.Sum|data',
    '9 histogram metrics.v1.Histogram|data',
    '10 exponential_histogram metrics.v1.ExponentialHistogram|data',
    '11 summary metrics.v1.Summary|data',
    '12 metadata common.v1.KeyValue[]',
  ],
  'metrics.v1.Gauge': ['1 data_points metrics.v1.NumberDataPoint[]'],
  'metrics.v1.Sum': [
    '1 data_points metrics.v1.NumberDataPoint[]',
    '2 aggregation_temporality metrics.v1.AggregationTemporality',
    '3 is_monotonic bool',
  ],
  'metrics.v1.Histogram': [
    '1 data_points metrics.v1.HistogramDataPoint[]',
    '2 aggregation_temporality metrics.v1.AggregationTemporality',
  ],
  'metrics.v1.ExponentialHistogram': [
    '1 data_points metrics.v1.ExponentialHistogramDataPoint[]',
    '2 aggregation_temporality metrics.v1.AggregationTemporality',
  ],
  'metrics.v1.Summary': ['1 data_points metrics.v1.SummaryDataPoint[]'],
  'metrics.v1.NumberDataPoint': [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 as_double double|value',
    '5 exemplars metrics.v1.Exemplar[]',
    '6 as_int sfixed64|value',
    '7 attributes common.v1.KeyValue[]',
    '8 flags uint32',
  ],
  'metrics.v1.HistogramDataPoint': [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double?',
    '6 bucket_counts fixed64[]',
    '7 explicit_bounds double[]',
    '8 exemplars metrics.v1.Exemplar[]',
    '9 attributes common.v1.KeyValue[]',
    '10 flags uint32',
    '11 min double?',
    '12 max double?',
  ],
  'metrics.v1.ExponentialHistogramDataPoint': [
    '1 attributes common.v1.KeyValue[]',
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double?',
    '6 scale sint32',
    '7 zero_count fixed64',
    '8 positive metrics.v1.ExponentialHistogramDataPoint.Buckets',
    '9 negative metrics.v1.ExponentialHistogramDataPoint.Buckets',
    '10 flags uint32',
    '11 exemplars metrics.v1.Exemplar[]',
    '12 min double?',
    '13 max double?',
    '14 zero_threshold double',
  ],
  'metrics.v1.ExponentialHistogramDataPoint.Buckets': ['1 offset sint32', '2 bucket_counts uint64[]'],
  'metrics.v1.SummaryDataPoint': [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double',
    '6 quantile_values metrics.v1.SummaryDataPoint.ValueAtQuantile[]',
    '7 attributes common.v1.KeyValue[]',
    '8 flags uint32',
  ],
  'metrics.v1.SummaryDataPoint.ValueAtQuantile': ['1 quantile double', '2 value double'],
  'metrics.v1.Exemplar': [
    '2 time_unix_nano fixed64',
    '3 as_double double|value',
    '4 span_id bytes',
    '5 trace_id bytes',
    '6 as_int sfixed64|value',
    '7 filtered_attributes common.v1.KeyValue[]',
  ],
  'collector.trace.v1.ExportTraceServiceRequest': ['1 resource_spans trace.v1.ResourceSpans[]'],
  'collector.trace.v1.ExportTraceServiceResponse': ['1 partial_success collector.trace.v1.ExportTracePartialSuccess'],
  'collector.trace.v1.ExportTracePartialSuccess': ['1 rejected_spans int64', '2 error_message string'],
  'collector.metrics.v1.ExportMetricsServiceRequest': ['1 resource_metrics metrics.v1.ResourceMetrics[]'],
  'collector.metrics.v1.ExportMetricsServiceResponse': [
    '1 partial_success collector.metrics.v1.ExportMetricsPartialSuccess',
  ],
  'collector.metrics.v1.ExportMetricsPartialSuccess': ['1 rejected_data_points int64', '2 error_message string'],
  'collector.logs.v1.ExportLogsServiceRequest': ['1 resource_logs logs.v1.ResourceLogs[]'],
  'collector.logs.v1.ExportLogsServiceResponse': ['1 partial_success collector.logs.v1.ExportLogsPartialSuccess'],
  'collector.logs.v1.ExportLogsPartialSuccess': ['1 rejected_log_records int64', '2 error_message string'],
}

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap(name =>
  ['', '2', '3', '4'].map(step => `SEVERITY_NUMBER_${name}${step}`),
)

/** The values of an enum, from 0 on. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  'logs.v1.SeverityNumber': ['SEVERITY_NUMBER_UNSPECIFIED', ...severities],
  'trace.v1.Span.SpanKind': [
    'SPAN_KIND_UNSPECIFIED',
    'SPAN_KIND_INTERNAL',
    'SPAN_KIND_SERVER',
    'SPAN_KIND_CLIENT',
    'SPAN_KIND_PRODUCER',
    'SPAN_KIND_CONSUMER',
  ],
  'trace.v1.Status.StatusCode': ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'],
  'metrics.v1.AggregationTemporality': [
    'AGGREGATION_TEMPORALITY_UNSPECIFIED',
    'AGGREGATION_TEMPORALITY_DELTA',
    'AGGREGATION_TEMPORALITY_CUMULATIVE',
  ],
}

const PACKAGE = 'opentelemetry.proto'
const root = protobuf.parse(schemaText()).root
root.resolveAll()

/** A message by its name below `opentelemetry.proto`, such as `trace.v1.Span`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`${PACKAGE}.${name}`)
}

/**
 * One text for protobufjs' parser, which knows proto3's defaults of presence and packing. It holds one package, so the
 * packages below `opentelemetry.proto` become messages that have nothing but what is declared in them; names and bytes
 * are the same.
 */
function schemaText(): string {
  return `syntax = "proto3"; package ${PACKAGE};\n${bodyOf('')}`
}

function bodyOf(parent: string): string {
  const names = new Set(
    [...Object.keys(MESSAGES), ...Object.keys(ENUMS)]
      .filter(name => name.startsWith(parent))
      .map(name => name.slice(parent.length).split('.')[0]!),
  )
  return [...names].map(name => declarationOf(`${parent}${name}`, name)).join('\n')
}

function declarationOf(full: string, name: string): string {
  const values = ENUMS[full]
  if (values !== undefined) return `enum ${name} { ${values.map((value, n) => `${value} = ${n};`).join(' ')} }`
  return `message ${name} { ${fieldsOf(MESSAGES[full] ?? [])} ${bodyOf(`${full}.`)} }`
}

function fieldsOf(fields: readonly string[]): string {
  const plain: string[] = []
  const alternatives = new Map<string, string[]>()
  for (const field of fields) {
    const [, number, name, type, mark, group] = /^(\d+) (\w+) ([\w.]+?)(\[\]|\?|\|(\w+))?$/.exec(field) ?? []
    const full = type!.includes('.') ? `.${PACKAGE}.${type}` : type
    const text = `${full} ${name} = ${number};`
    if (group !== undefined) alternatives.set(group, [...(alternatives.get(group) ?? []), text])
    else plain.push(mark === '[]' ? `repeated ${text}` : mark === '?' ? `optional ${text}` : text)
  }
  const groups = [...alternatives].map(([group, texts]) => `oneof ${group} { ${texts.join(' ')} }`)
  return [...plain, ...groups].join(' ')
}
