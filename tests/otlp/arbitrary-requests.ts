import fc from 'fast-check'
import type { Signal } from '../../pipeline/model/index.ts'
import {
  anyValue,
  attributes,
  double,
  int32,
  int64,
  message,
  optionalSpanId,
  optionalTraceId,
  positive64,
  spanId,
  text,
  traceId,
  uint32,
} from './arbitraries.ts'
import type { Plain } from './requests.ts'

const strings = fc.array(text, { maxLength: 2 })
const entityRef = message({ schemaUrl: text, type: text, idKeys: strings, descriptionKeys: strings })
const resource = message({
  attributes,
  droppedAttributesCount: uint32,
  entityRefs: fc.array(entityRef, { maxLength: 2 }),
})
const scope = message({ name: text, version: text, attributes, droppedAttributesCount: uint32 })

const event = message({ timeUnixNano: positive64, name: text, attributes, droppedAttributesCount: uint32 })
const link = message({
  traceId: optionalTraceId,
  spanId: optionalSpanId,
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
})
const span = fc.record(
  {
    traceId,
    spanId,
    traceState: text,
    parentSpanId: optionalSpanId,
    flags: uint32,
    name: text,
    kind: int32,
    startTimeUnixNano: positive64,
    endTimeUnixNano: positive64,
    attributes,
    droppedAttributesCount: uint32,
    events: fc.array(event, { maxLength: 2 }),
    droppedEventsCount: uint32,
    links: fc.array(link, { maxLength: 2 }),
    droppedLinksCount: uint32,
    status: message({ message: text, code: int32 }),
  },
  { requiredKeys: ['traceId', 'spanId'] },
)

const logRecord = message({
  timeUnixNano: positive64,
  observedTimeUnixNano: positive64,
  severityNumber: int32,
  severityText: text,
  body: anyValue,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId: optionalTraceId,
  spanId: optionalSpanId,
  eventName: text,
})

const number = fc.oneof(
  fc.constant({}),
  int64.map(asInt => ({ asInt })),
  double.map(asDouble => ({ asDouble })),
)
const exemplar = fc
  .tuple(
    message({
      filteredAttributes: attributes,
      timeUnixNano: positive64,
      spanId: optionalSpanId,
      traceId: optionalTraceId,
    }),
    number,
  )
  .map(parts => Object.assign({}, ...parts))
const exemplars = fc.array(exemplar, { maxLength: 2 })
const point = { attributes, startTimeUnixNano: positive64, timeUnixNano: positive64, flags: uint32 }
const counts = fc.array(positive64, { maxLength: 4 })
const distribution = { ...point, exemplars, count: positive64, sum: double, min: double, max: double }
const buckets = message({ offset: int32, bucketCounts: counts })

const numberPoint = fc.tuple(message({ ...point, exemplars }), number).map(parts => Object.assign({}, ...parts))
const histogramPoint = message({
  ...distribution,
  bucketCounts: counts,
  explicitBounds: fc.array(double, { maxLength: 4 }),
})
const exponentialPoint = message({
  ...distribution,
  scale: int32,
  zeroCount: positive64,
  zeroThreshold: double,
  positive: buckets,
  negative: buckets,
})
const quantile = message({ quantile: double, value: double })
const summaryPoint = message({
  ...point,
  count: positive64,
  sum: double,
  quantileValues: fc.array(quantile, { maxLength: 3 }),
})

function data(dataPoint: fc.Arbitrary<Plain>, fields: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<Plain> {
  return message({ dataPoints: fc.array(dataPoint, { maxLength: 2 }), ...fields })
}
const temporality = { aggregationTemporality: int32 }
const metricData = fc.oneof(
  fc.constant({}),
  data(numberPoint).map(gauge => ({ gauge })),
  data(numberPoint, { ...temporality, isMonotonic: fc.boolean() }).map(sum => ({ sum })),
  data(histogramPoint, temporality).map(histogram => ({ histogram })),
  data(exponentialPoint, temporality).map(exponentialHistogram => ({ exponentialHistogram })),
  data(summaryPoint).map(summary => ({ summary })),
)
const metric = fc
  .tuple(message({ name: text, description: text, unit: text, metadata: attributes }), metricData)
  .map(parts => Object.assign({}, ...parts))

/** With records mostly; any of the levels around them may be empty. */
function request(groups: string, scopes: string, entries: string, entry: fc.Arbitrary<Plain>): fc.Arbitrary<Plain> {
  const scopeGroup = fc.record(
    { scope, schemaUrl: text, [entries]: fc.array(entry, { maxLength: 3 }) },
    { requiredKeys: [entries] },
  )
  const group = fc.record(
    { resource, schemaUrl: text, [scopes]: fc.array(scopeGroup, { maxLength: 2 }) },
    { requiredKeys: [scopes] },
  )
  return fc.record({ [groups]: fc.array(group, { maxLength: 3 }) })
}
/** Any request that OTLP allows and that fits our model: every record of it must be taken. */
export const anyRequest: { readonly [S in Signal]: fc.Arbitrary<Plain> } = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
}
