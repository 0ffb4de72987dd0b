import type {
  Exemplar,
  ExponentialBuckets,
  Metric,
  MetricPoint,
  PointValue,
  SummaryValue,
} from '../../../../pipeline/model/index.ts'
import { type Budget, MESSAGE_BYTES, PART_BYTES } from '../budget.ts'
import { TWO_VALUES } from '../faults.ts'
import { newPoint, type PointOrigin } from '../point.ts'
import { field, type JsonObject, list, object, optionalObject } from './objects.ts'
import { count, double, id, int32, int64, optionalDouble, time, uint32 } from './scalars.ts'
import { readAttributes } from './values.ts'

type ReadValue = (point: JsonObject, budget: Budget) => PointValue

/** What the points of each kind have beyond the fields that all share. */
const READ_VALUE: { readonly [T in Metric['type']]: ReadValue } = {
  gauge: readNumber,
  sum: readNumber,
  histogram: readHistogram,
  exponential_histogram: readExponentialHistogram,
  summary: readSummary,
}

/** A data point of `from.metric`. @throws RecordFault */
export function readPoint(value: unknown, from: PointOrigin, budget: Budget): MetricPoint {
  const point = object(value)
  return newPoint(
    from,
    readAttributes(field(point, 'attributes'), budget),
    time(field(point, 'startTimeUnixNano', 'start_time_unix_nano')),
    time(field(point, 'timeUnixNano', 'time_unix_nano')),
    uint32(field(point, 'flags')),
    from.metric.type === 'summary' ? [] : list(field(point, 'exemplars')).map(entry => readExemplar(entry, budget)),
    READ_VALUE[from.metric.type](point, budget),
  )
}

function readNumber(point: JsonObject): PointValue {
  return { kind: 'number', value: readNumberValue(point) }
}

/** The oneof of as_int and as_double. */
function readNumberValue(message: JsonObject): bigint | number | null {
  const integer = field(message, 'asInt', 'as_int')
  const float = field(message, 'asDouble', 'as_double')
  if (integer !== undefined && float !== undefined) throw TWO_VALUES
  if (integer !== undefined) return int64(integer)
  return float === undefined ? null : double(float)
}

function readDistribution(point: JsonObject, budget: Budget) {
  budget.charge(PART_BYTES)
  return {
    count: count(field(point, 'count')),
    sum: optionalDouble(field(point, 'sum')),
    min: optionalDouble(field(point, 'min')),
    max: optionalDouble(field(point, 'max')),
  }
}

function readHistogram(point: JsonObject, budget: Budget): PointValue {
  return {
    kind: 'histogram',
    ...readDistribution(point, budget),
    bucketCounts: list(field(point, 'bucketCounts', 'bucket_counts')).map(count),
    explicitBounds: list(field(point, 'explicitBounds', 'explicit_bounds')).map(double),
  }
}

function readExponentialHistogram(point: JsonObject, budget: Budget): PointValue {
  return {
    kind: 'exponential_histogram',
    ...readDistribution(point, budget),
    scale: int32(field(point, 'scale')),
    zeroCount: count(field(point, 'zeroCount', 'zero_count')),
    zeroThreshold: double(field(point, 'zeroThreshold', 'zero_threshold')),
    positive: readBuckets(field(point, 'positive')),
    negative: readBuckets(field(point, 'negative')),
  }
}

function readBuckets(value: unknown): ExponentialBuckets {
  const message = optionalObject(value) ?? {}
  return {
    offset: int32(field(message, 'offset')),
    bucketCounts: list(field(message, 'bucketCounts', 'bucket_counts')).map(count),
  }
}

function readSummary(point: JsonObject, budget: Budget): PointValue {
  const quantiles: SummaryValue['quantiles'][number][] = []
  for (const entry of list(field(point, 'quantileValues', 'quantile_values'))) {
    budget.charge(PART_BYTES)
    const message = object(entry)
    quantiles.push({ quantile: double(field(message, 'quantile')), value: double(field(message, 'value')) })
  }
  return { kind: 'summary', count: count(field(point, 'count')), sum: double(field(point, 'sum')), quantiles }
}

function readExemplar(value: unknown, budget: Budget): Exemplar {
  budget.charge(PART_BYTES + MESSAGE_BYTES)
  const message = object(value)
  return {
    filteredAttributes: readAttributes(field(message, 'filteredAttributes', 'filtered_attributes'), budget),
    timeUnixNano: time(field(message, 'timeUnixNano', 'time_unix_nano')),
    value: readNumberValue(message),
    spanId: id(field(message, 'spanId', 'span_id'), 8),
    traceId: id(field(message, 'traceId', 'trace_id'), 16),
  }
}
