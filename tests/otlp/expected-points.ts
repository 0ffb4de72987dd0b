import { attributesOf, type Found, idOf, list, type Message, optional } from './expected-values.ts'

const TYPES: Record<string, string> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
}

/** The points of a Metric message, as our model has them. `data` is the name of its oneof. */
export function pointsOf({ resource, scope, message }: Found): unknown[] {
  const member = String(message.data)
  const type = TYPES[member]
  if (type === undefined) return []
  const data = optional(message[member])
  const metric = {
    name: message.name,
    description: message.description,
    unit: message.unit,
    metadata: attributesOf(message.metadata),
    type,
    temporality: data.aggregationTemporality ?? 0,
    isMonotonic: data.isMonotonic ?? false,
  }
  return list(data.dataPoints).map(point => ({
    resource,
    scope,
    metric,
    attributes: attributesOf(point.attributes),
    startTimeUnixNano: point.startTimeUnixNano,
    timeUnixNano: point.timeUnixNano,
    flags: point.flags,
    exemplars: list(point.exemplars).map(exemplarOf),
    value: pointValueOf(type, point),
  }))
}

function numberOf(message: Message): unknown {
  return message.asInt ?? message.asDouble ?? null
}

function exemplarOf(message: Message): unknown {
  return {
    filteredAttributes: attributesOf(message.filteredAttributes),
    timeUnixNano: message.timeUnixNano,
    value: numberOf(message),
    spanId: idOf(message.spanId),
    traceId: idOf(message.traceId),
  }
}

function pointValueOf(type: string, point: Message): unknown {
  const { count, sum, min, max } = point
  switch (type) {
    case 'histogram':
      return {
        kind: type,
        count,
        sum,
        min,
        max,
        bucketCounts: point.bucketCounts,
        explicitBounds: point.explicitBounds,
      }
    case 'exponential_histogram': {
      const { scale, zeroCount, zeroThreshold } = point
      const positive = bucketsOf(point.positive)
      const negative = bucketsOf(point.negative)
      return { kind: type, count, sum, min, max, scale, zeroCount, zeroThreshold, positive, negative }
    }
    case 'summary':
      return { kind: type, count, sum, quantiles: point.quantileValues }
    default:
      return { kind: 'number', value: numberOf(point) }
  }
}

function bucketsOf(value: unknown): unknown {
  const { offset, bucketCounts } = optional(value)
  return { offset: offset ?? 0, bucketCounts: bucketCounts ?? [] }
}
