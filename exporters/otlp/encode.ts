import {
  type Attributes,
  type AttributeValue,
  type Batch,
  type Exemplar,
  type Item,
  isAttributes,
  type LogRecord,
  type Metric,
  type MetricPoint,
  type PointValue,
  type Resource,
  type Scope,
  type Span,
} from '../../pipeline/model/index.ts'

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json }

/**
 * A batch as an OTLP/HTTP request in JSON (opentelemetry-proto, "JSON Protobuf Encoding"): 64-bit integers as text, ids
 * in hex, bytes in base64. Members that are not set are left out. What the model has beyond OTLP, the fingerprint, stays
 * here: who receives the records computes the same.
 */
export function encodeRequest(batch: Batch): string {
  switch (batch.signal) {
    case 'logs':
      return request('resourceLogs', 'scopeLogs', 'logRecords', batch.items, items => items.map(logJson))
    case 'traces':
      return request('resourceSpans', 'scopeSpans', 'spans', batch.items, items => items.map(spanJson))
    case 'metrics':
      return request('resourceMetrics', 'scopeMetrics', 'metrics', batch.items, metricsJson)
  }
}

/** Records that follow each other and share a resource, and below it a scope, go together. */
function request<T extends Item>(
  byResource: string,
  byScope: string,
  member: string,
  items: readonly T[],
  encode: (items: readonly T[]) => Json,
): string {
  const groups = runsOf(items, item => item.resource).map(({ of, run }) => ({
    resource: resourceJson(of),
    schemaUrl: of.schemaUrl || undefined,
    [byScope]: runsOf(run, item => item.scope).map(scoped => ({
      scope: scopeJson(scoped.of),
      schemaUrl: scoped.of.schemaUrl || undefined,
      [member]: encode(scoped.run),
    })),
  }))
  return JSON.stringify({ [byResource]: groups })
}

function runsOf<T, K>(items: readonly T[], keyOf: (item: T) => K): { readonly of: K; readonly run: T[] }[] {
  const runs: { of: K; run: T[] }[] = []
  for (const item of items) {
    const key = keyOf(item)
    const last = runs.at(-1)
    if (last?.of === key) last.run.push(item)
    else runs.push({ of: key, run: [item] })
  }
  return runs
}

function resourceJson({ attributes, droppedAttributesCount, entityRefs }: Resource): Json {
  return {
    attributes: attributesJson(attributes),
    droppedAttributesCount: droppedAttributesCount || undefined,
    entityRefs:
      entityRefs.length === 0
        ? undefined
        : entityRefs.map(({ schemaUrl, type, idKeys, descriptionKeys }) => ({
            schemaUrl,
            type,
            idKeys,
            descriptionKeys,
          })),
  }
}

function scopeJson({ name, version, attributes, droppedAttributesCount }: Scope): Json {
  return {
    name: name || undefined,
    version: version || undefined,
    attributes: attributesJson(attributes),
    droppedAttributesCount: droppedAttributesCount || undefined,
  }
}

function logJson(log: LogRecord): Json {
  return {
    timeUnixNano: time(log.timeUnixNano),
    observedTimeUnixNano: time(log.observedTimeUnixNano),
    severityNumber: log.severityNumber || undefined,
    severityText: log.severityText || undefined,
    body: log.body === null ? undefined : valueJson(log.body),
    attributes: attributesJson(log.attributes),
    droppedAttributesCount: log.droppedAttributesCount || undefined,
    flags: log.flags || undefined,
    traceId: log.traceId || undefined,
    spanId: log.spanId || undefined,
    eventName: log.eventName || undefined,
  }
}

function spanJson(span: Span): Json {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    traceState: span.traceState || undefined,
    flags: span.flags || undefined,
    name: span.name,
    kind: span.kind || undefined,
    startTimeUnixNano: time(span.startTimeUnixNano),
    endTimeUnixNano: time(span.endTimeUnixNano),
    attributes: attributesJson(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount || undefined,
    events: span.events.map(event => ({
      timeUnixNano: time(event.timeUnixNano),
      name: event.name,
      attributes: attributesJson(event.attributes),
      droppedAttributesCount: event.droppedAttributesCount || undefined,
    })),
    droppedEventsCount: span.droppedEventsCount || undefined,
    links: span.links.map(link => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState || undefined,
      attributes: attributesJson(link.attributes),
      droppedAttributesCount: link.droppedAttributesCount || undefined,
      flags: link.flags || undefined,
    })),
    droppedLinksCount: span.droppedLinksCount || undefined,
    status: { code: span.statusCode || undefined, message: span.statusMessage || undefined },
  }
}

const DATA_MEMBERS: Record<Metric['type'], string> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponential_histogram: 'exponentialHistogram',
  summary: 'summary',
}

function metricsJson(points: readonly MetricPoint[]): Json {
  return runsOf(points, point => point.metric).map(({ of, run }) => ({
    name: of.name,
    description: of.description || undefined,
    unit: of.unit || undefined,
    metadata: of.metadata.size === 0 ? undefined : attributesJson(of.metadata),
    [DATA_MEMBERS[of.type]]: {
      aggregationTemporality: of.temporality || undefined,
      isMonotonic: (of.type === 'sum' && of.isMonotonic) || undefined,
      dataPoints: run.map(pointJson),
    },
  }))
}

function pointJson(point: MetricPoint): Json {
  return {
    attributes: attributesJson(point.attributes),
    startTimeUnixNano: time(point.startTimeUnixNano),
    timeUnixNano: time(point.timeUnixNano),
    flags: point.flags || undefined,
    exemplars: point.exemplars.length === 0 ? undefined : point.exemplars.map(exemplarJson),
    ...pointValueJson(point.value),
  }
}

function exemplarJson(exemplar: Exemplar): Json {
  return {
    filteredAttributes: attributesJson(exemplar.filteredAttributes),
    timeUnixNano: time(exemplar.timeUnixNano),
    spanId: exemplar.spanId || undefined,
    traceId: exemplar.traceId || undefined,
    ...numberJson(exemplar.value),
  }
}

function pointValueJson(value: PointValue): { readonly [key: string]: Json } {
  switch (value.kind) {
    case 'number':
      return numberJson(value.value)
    case 'histogram':
      return {
        ...distributionJson(value),
        bucketCounts: value.bucketCounts.map(String),
        explicitBounds: value.explicitBounds.map(double),
      }
    case 'exponential_histogram':
      return {
        ...distributionJson(value),
        scale: value.scale,
        zeroCount: String(value.zeroCount),
        zeroThreshold: double(value.zeroThreshold),
        positive: { offset: value.positive.offset, bucketCounts: value.positive.bucketCounts.map(String) },
        negative: { offset: value.negative.offset, bucketCounts: value.negative.bucketCounts.map(String) },
      }
    case 'summary':
      return {
        count: String(value.count),
        sum: double(value.sum),
        quantileValues: value.quantiles.map(({ quantile, value }) => ({
          quantile: double(quantile),
          value: double(value),
        })),
      }
  }
}

function distributionJson(value: {
  readonly count: bigint
  readonly sum: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}): { readonly [key: string]: Json } {
  const optional = (number: number | undefined) => (number === undefined ? undefined : double(number))
  return { count: String(value.count), sum: optional(value.sum), min: optional(value.min), max: optional(value.max) }
}

function numberJson(value: bigint | number | null): { readonly [key: string]: Json } {
  if (value === null) return {}
  return typeof value === 'bigint' ? { asInt: String(value) } : { asDouble: double(value) }
}

function time(unixNano: bigint): string | undefined {
  return unixNano === 0n ? undefined : String(unixNano)
}

/** JSON has no NaN and no infinities; Protobuf's mapping writes their names. */
function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function attributesJson(attributes: Attributes): Json {
  return [...attributes].map(([key, value]) => ({ key, value: valueJson(value) }))
}

function valueJson(value: AttributeValue): { readonly [key: string]: Json } {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') return { doubleValue: double(value) }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') }
  if (isAttributes(value)) return { kvlistValue: { values: attributesJson(value) } }
  return { arrayValue: { values: value.map(valueJson) } }
}
