import assert from 'node:assert/strict'
import {
  type Attributes,
  type AttributeValue,
  type Fingerprint,
  type Item,
  type LogRecord,
  type MetricPoint,
  NO_ATTRIBUTES,
  type PointValue,
  type Resource,
  type Scope,
  type Signal,
  type Span,
} from '../../pipeline/model/index.ts'

/**
 * Reads records from the JSON form that `exporters/debug/record-json.ts` writes and documents. A test says only what
 * matters to it: members that are left out are empty or zero. A member that the model does not have is an error.
 */
export function readRecord(signal: 'traces', json: unknown): Span
export function readRecord(signal: 'logs', json: unknown): LogRecord
export function readRecord(signal: 'metrics', json: unknown): MetricPoint
export function readRecord(signal: Signal, json: unknown): Item
export function readRecord(signal: Signal, json: unknown): Item {
  switch (signal) {
    case 'traces':
      return fill(SPAN, json, 'span')
    case 'logs':
      return fill(LOG_RECORD, json, 'log record')
    case 'metrics':
      return fill(METRIC_POINT, json, 'data point')
  }
}

const RESOURCE: Resource = { attributes: NO_ATTRIBUTES, droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
const SCOPE: Scope = { name: '', version: '', attributes: NO_ATTRIBUTES, droppedAttributesCount: 0, schemaUrl: '' }
const ORIGIN = { resource: RESOURCE, scope: SCOPE }

const SPAN: Span = {
  ...ORIGIN,
  traceId: '',
  spanId: '',
  parentSpanId: '',
  traceState: '',
  flags: 0,
  name: '',
  kind: 0,
  startTimeUnixNano: 0n,
  endTimeUnixNano: 0n,
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  statusCode: 0,
  statusMessage: '',
}

const LOG_RECORD: LogRecord = {
  ...ORIGIN,
  timeUnixNano: 0n,
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
}

const METRIC_POINT: MetricPoint = {
  ...ORIGIN,
  metric: {
    name: '',
    description: '',
    unit: '',
    metadata: NO_ATTRIBUTES,
    type: 'gauge',
    temporality: 0,
    isMonotonic: false,
  },
  attributes: NO_ATTRIBUTES,
  startTimeUnixNano: 0n,
  timeUnixNano: 0n,
  flags: 0,
  exemplars: [],
  value: { kind: 'number', value: null },
}

const DISTRIBUTION = { count: 0n, sum: undefined, min: undefined, max: undefined }
const BUCKETS = { offset: 0, bucketCounts: [] }
const VALUES: { readonly [K in PointValue['kind']]: Extract<PointValue, { kind: K }> } = {
  number: { kind: 'number', value: null },
  histogram: { kind: 'histogram', ...DISTRIBUTION, bucketCounts: [], explicitBounds: [] },
  exponential_histogram: {
    kind: 'exponential_histogram',
    ...DISTRIBUTION,
    scale: 0,
    zeroCount: 0n,
    zeroThreshold: 0,
    positive: BUCKETS,
    negative: BUCKETS,
  },
  summary: { kind: 'summary', count: 0n, sum: 0, quantiles: [] },
}

/** The one member that a record may do without; the `fingerprint` processor adds it. */
const FINGERPRINT: Fingerprint = { id: 0n, kind: 'log', version: 0, template: '' }

const ATTRIBUTES = { attributes: NO_ATTRIBUTES, droppedAttributesCount: 0 }
const IDS = { traceId: '', spanId: '' }
/** What the elements of a list are made of; lists of bigint, number and text are told by their elements. */
const ELEMENTS: Readonly<Record<string, object>> = {
  events: { timeUnixNano: 0n, name: '', ...ATTRIBUTES },
  links: { ...IDS, traceState: '', ...ATTRIBUTES, flags: 0 },
  exemplars: { filteredAttributes: NO_ATTRIBUTES, timeUnixNano: 0n, value: null, ...IDS },
  entityRefs: { schemaUrl: '', type: '', idKeys: [], descriptionKeys: [] },
  quantiles: { quantile: 0, value: 0 },
}

function fill<T extends object>(template: T, json: unknown, what: string): T {
  assert.ok(isObject(json), `${what} is not an object`)
  const filled: Record<string, unknown> = Object.fromEntries(Object.entries(template))
  for (const [key, value] of Object.entries(json)) {
    if (key === 'fingerprint') {
      filled[key] = fill(FINGERPRINT, value, key)
      continue
    }
    assert.ok(key in template, `a ${what} has no ${key}`)
    filled[key] = member(key, filled[key], value)
  }
  return filled as T // has the template's members and, by `member`, their types
}

function member(key: string, template: unknown, json: unknown): unknown {
  if (key === 'body') return readValue(json)
  if (key === 'value') return isPoint(json) ? fill(VALUES[json.kind], json, json.kind) : readValue(json)
  if (typeof template === 'bigint') return BigInt(json as string | number) // throws on anything else
  if (template instanceof Map) return readAttributes(json)
  if (Array.isArray(template)) {
    assert.ok(Array.isArray(json), `${key} is not a list`)
    const element = ELEMENTS[key]
    if (element !== undefined) return json.map(part => fill(element, part, key))
    if (key === 'bucketCounts') return json.map(BigInt)
    return key === 'explicitBounds' ? json.map(Number) : json
  }
  if (typeof template === 'object' && template !== null) return fill(template, json, key)
  // Of the members, only the sum, min and max of a distribution may be undefined.
  return typeof template === 'number' || template === undefined ? Number(json) : json
}

function isPoint(json: unknown): json is { kind: PointValue['kind'] } {
  return isObject(json) && 'kind' in json
}

export function readAttributes(json: unknown): Attributes {
  assert.ok(isObject(json), 'attributes are not an object')
  return new Map(Object.entries(json).map(([key, value]) => [key, readValue(value)]))
}

function readValue(json: unknown): AttributeValue {
  if (json === null || typeof json === 'string' || typeof json === 'boolean') return json
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return json.map(readValue)
  assert.ok(isObject(json))
  if ('$int' in json) return BigInt(String(json.$int))
  if ('$double' in json) return Number(json.$double)
  if ('$bytes' in json) return new Uint8Array(Buffer.from(String(json.$bytes), 'base64'))
  return readAttributes(json)
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
