import fc from 'fast-check'
import type {
  Attributes,
  AttributeValue,
  BatchOf,
  Exemplar,
  Item,
  ItemOf,
  LogRecord,
  Metric,
  MetricPoint,
  PointValue,
  RejectedRecord,
  Resource,
  Scope,
  Signal,
  Span,
  SpanEvent,
  SpanLink,
} from '../../pipeline/model/index.ts'

/**
 * Batches as receivers make them: every field of the model, shared resources and scopes, and an account that adds up.
 * Texts are often the ones that processors look at: service names, routes, severities, secrets.
 */

/** Tells records apart whatever a component does to the rest of them. */
export const MARK = 'contract.mark'

export function markOf(item: Item): string {
  return String(item.attributes.get(MARK))
}

/** Plain objects, as receivers make them; fast-check's own have no prototype now and then. */
const record = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(members, { noNullPrototype: true })

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom(
    '',
    'checkout',
    '/healthz',
    'GET /orders/{id}',
    'password=hunter2',
    'bob@example.com',
    'a'.repeat(300),
  ),
)
const key = fc.oneof(
  fc.constantFrom(
    'service.name',
    'http.route',
    'http.status_code',
    'db.password',
    'debug.a',
    'enduser.id',
    'net.peer.name',
  ),
  fc.string({ maxLength: 8 }),
)
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 600n }))
const count = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const timeUnixNano = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const uint32 = fc.nat(0xffff_ffff)
const double = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 0, 1))

export const attributeValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue; map: Attributes }>(
  tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      int64,
      double,
      fc.boolean(),
      fc.uint8Array({ maxLength: 8 }),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('map'),
    ),
    map: fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(entries => new Map(entries)),
  }),
).value

export const attributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(key, attributeValue), { maxLength: 5 })
  .map(entries => new Map(entries))

const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
const traceId = hex(32)
const spanId = hex(16)

const resource: fc.Arbitrary<Resource> = record({
  attributes,
  droppedAttributesCount: uint32,
  schemaUrl: text,
  entityRefs: fc.array(
    record({
      schemaUrl: text,
      type: text,
      idKeys: fc.array(text, { maxLength: 2 }),
      descriptionKeys: fc.array(text, { maxLength: 2 }),
    }),
    { maxLength: 1 },
  ),
})

const scope: fc.Arbitrary<Scope> = record({
  name: text,
  version: text,
  attributes,
  droppedAttributesCount: uint32,
  schemaUrl: text,
})

/** Records of one group share these objects, as those of a request do. */
interface Origin {
  readonly resource: Resource
  readonly scope: Scope
}

const event: fc.Arbitrary<SpanEvent> = record({
  timeUnixNano,
  name: text,
  attributes,
  droppedAttributesCount: uint32,
})
const link: fc.Arbitrary<SpanLink> = record({
  traceId,
  spanId,
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
})

const span = (origin: Origin): fc.Arbitrary<Span> =>
  record({
    resource: fc.constant(origin.resource),
    scope: fc.constant(origin.scope),
    traceId,
    spanId,
    parentSpanId: fc.oneof(spanId, fc.constant('')),
    traceState: fc.constantFrom('', 'vendor=1', 'ot=th:8', 'ot=rv:ffffffffffffff;th:c,vendor=1'),
    flags: uint32,
    name: text,
    kind: fc.nat(5),
    startTimeUnixNano: timeUnixNano,
    endTimeUnixNano: timeUnixNano,
    attributes,
    droppedAttributesCount: uint32,
    events: fc.array(event, { maxLength: 2 }),
    droppedEventsCount: uint32,
    links: fc.array(link, { maxLength: 2 }),
    droppedLinksCount: uint32,
    statusCode: fc.nat(2),
    statusMessage: text,
  })

const logRecord = (origin: Origin): fc.Arbitrary<LogRecord> =>
  record({
    resource: fc.constant(origin.resource),
    scope: fc.constant(origin.scope),
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: fc.nat(24),
    severityText: fc.constantFrom('', 'INFO', 'error', 'WARN'),
    body: attributeValue,
    attributes,
    droppedAttributesCount: uint32,
    flags: uint32,
    traceId: fc.oneof(traceId, fc.constant('')),
    spanId: fc.oneof(spanId, fc.constant('')),
    eventName: fc.oneof(fc.constant(''), text),
  })

const numberOrNothing = fc.option(double, { nil: undefined })
const buckets = record({ offset: fc.integer(), bucketCounts: fc.array(count, { maxLength: 3 }) })
const distribution = { count, sum: numberOrNothing, min: numberOrNothing, max: numberOrNothing }
const scalar = fc.oneof(int64, double, fc.constant(null))

const VALUES: { readonly [T in Metric['type']]: fc.Arbitrary<PointValue> } = {
  gauge: record({ kind: fc.constant('number'), value: scalar }),
  sum: record({ kind: fc.constant('number'), value: scalar }),
  histogram: record({
    kind: fc.constant('histogram'),
    ...distribution,
    bucketCounts: fc.array(count, { maxLength: 4 }),
    explicitBounds: fc.array(double, { maxLength: 3 }),
  }),
  exponential_histogram: record({
    kind: fc.constant('exponential_histogram'),
    ...distribution,
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: count,
    zeroThreshold: double,
    positive: buckets,
    negative: buckets,
  }),
  summary: record({
    kind: fc.constant('summary'),
    count,
    sum: double,
    quantiles: fc.array(record({ quantile: double, value: double }), { maxLength: 2 }),
  }),
}

const metric: fc.Arbitrary<Metric> = record({
  name: text,
  description: text,
  unit: text,
  metadata: attributes,
  type: fc.constantFrom('gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'),
  temporality: fc.nat(2),
  isMonotonic: fc.boolean(),
})

const exemplar: fc.Arbitrary<Exemplar> = record({
  filteredAttributes: attributes,
  timeUnixNano,
  value: scalar,
  spanId,
  traceId,
})

const metricPoint = (origin: Origin): fc.Arbitrary<MetricPoint> =>
  metric.chain(metric =>
    record({
      resource: fc.constant(origin.resource),
      scope: fc.constant(origin.scope),
      metric: fc.constant(metric),
      attributes,
      startTimeUnixNano: timeUnixNano,
      timeUnixNano,
      flags: uint32,
      exemplars: fc.array(exemplar, { maxLength: 2 }),
      value: VALUES[metric.type],
    }),
  )

const RECORDS: { readonly [S in Signal]: (origin: Origin) => fc.Arbitrary<ItemOf[S]> } = {
  traces: span,
  logs: logRecord,
  metrics: metricPoint,
}

const rejected: fc.Arbitrary<RejectedRecord> = record({
  reason: fc.constantFrom('malformed', 'out_of_range', 'too_deep'),
  message: text,
  raw: fc.uint8Array({ maxLength: 8 }),
  contentType: fc.constantFrom('application/x-protobuf', 'application/json'),
})

/** A batch of `signal` with up to 12 records from up to 3 resources; now and then none. */
export function batchOf<S extends Signal>(signal: S): fc.Arbitrary<BatchOf<S>> {
  const group = record({ resource, scope }).chain(origin => fc.array(RECORDS[signal](origin), { maxLength: 4 }))
  return record({
    id: hex(16),
    groups: fc.array(group, { maxLength: 3 }),
    bytes: fc.nat(10_000),
    dropped: fc.dictionary(fc.constantFrom('filter/earlier', 'sample'), fc.nat(5)),
    rejected: fc.array(rejected, { maxLength: 2 }),
  }).map(({ id, groups, bytes, dropped, rejected }) => {
    const items = groups.flat().map((item, i) => marked(item, `${id}/${i}`))
    const before = Object.values(dropped).reduce((sum, records) => sum + records, 0)
    const received = items.length + before + rejected.length
    return {
      id,
      signal,
      items,
      bytes,
      account: { receiver: 'otlp', received, dropped: new Map(Object.entries(dropped)), rejected },
    }
  })
}

function marked<T extends Item>(item: T, mark: string): T {
  return { ...item, attributes: new Map([...item.attributes, [MARK, mark]]) }
}
