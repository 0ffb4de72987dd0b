import {
  type Account,
  type Attributes,
  type AttributeValue,
  type BatchOf,
  type ItemOf,
  type LogRecord,
  type Metric,
  type MetricPoint,
  NO_ATTRIBUTES,
  type Resource,
  type Scope,
  type Signal,
  type Span,
} from '../../../pipeline/model/index.ts'

/** 2026-08-01T10:20:30.123456789Z */
export const TIME = 1_785_579_630_123_456_789n

export function attributes(values: Record<string, AttributeValue>): Attributes {
  return new Map(Object.entries(values))
}

export function resource(values: Record<string, AttributeValue> = {}, fields: Partial<Resource> = {}): Resource {
  return { attributes: attributes(values), droppedAttributesCount: 0, schemaUrl: '', entityRefs: [], ...fields }
}

export function scope(fields: Partial<Scope> = {}): Scope {
  return { name: '', version: '', attributes: NO_ATTRIBUTES, droppedAttributesCount: 0, schemaUrl: '', ...fields }
}

const RESOURCE = resource({ 'service.name': 'checkout' })
const SCOPE = scope({ name: 'tests' })

/** With nothing set that OTLP lets a sender leave out. */
export function span(fields: Partial<Span> = {}): Span {
  return {
    resource: RESOURCE,
    scope: SCOPE,
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: 'GET /cart',
    kind: 0,
    startTimeUnixNano: TIME,
    endTimeUnixNano: TIME,
    attributes: NO_ATTRIBUTES,
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    statusCode: 0,
    statusMessage: '',
    ...fields,
  }
}

export function log(fields: Partial<LogRecord> = {}): LogRecord {
  return {
    resource: RESOURCE,
    scope: SCOPE,
    timeUnixNano: TIME,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: '',
    body: null,
    attributes: NO_ATTRIBUTES,
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...fields,
  }
}

export function metric(fields: Partial<Metric> = {}): Metric {
  return {
    name: 'queue.length',
    description: '',
    unit: '',
    metadata: NO_ATTRIBUTES,
    type: 'gauge',
    temporality: 0,
    isMonotonic: false,
    ...fields,
  }
}

export function point(fields: Partial<MetricPoint> = {}): MetricPoint {
  return {
    resource: RESOURCE,
    scope: SCOPE,
    metric: metric(),
    attributes: NO_ATTRIBUTES,
    startTimeUnixNano: 0n,
    timeUnixNano: TIME,
    flags: 0,
    exemplars: [],
    value: { kind: 'number', value: 1 },
    ...fields,
  }
}

/** A batch whose account says that all else was neither dropped nor rejected, unless `account` says otherwise. */
export function batch<S extends Signal>(
  signal: S,
  id: string,
  items: readonly ItemOf[S][],
  account: Partial<Account> = {},
): BatchOf<S> {
  const dropped = account.dropped ?? new Map<string, number>()
  const rejected = account.rejected ?? []
  const left = [...dropped.values()].reduce((sum, records) => sum + records, rejected.length)
  return {
    id,
    signal,
    items,
    bytes: items.length * 100,
    account: { receiver: 'otlp', received: items.length + left, dropped, rejected, ...account },
  }
}
