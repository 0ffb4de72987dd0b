import type {
  Exemplar,
  ExponentialHistogramValue,
  HistogramValue,
  PointValue,
  SummaryValue,
} from '../../../pipeline/model/index.ts'
import type { JsonWriter } from '../json.ts'
import { encodedNulls } from '../table.ts'
import type { Pen } from './pen.ts'

const HISTOGRAM_COLUMNS = 2
const EXPONENTIAL_COLUMNS = 7
const NO_HISTOGRAM = encodedNulls(HISTOGRAM_COLUMNS)
const NO_EXPONENTIAL = encodedNulls(EXPONENTIAL_COLUMNS)
const NO_EXPONENTIAL_NOR_QUANTILES = encodedNulls(EXPONENTIAL_COLUMNS + 1)
const NO_MIN_MAX = encodedNulls(2)

/** The columns from `count` to `quantile_values`. */
export function writeDistribution(pen: Pen, value: Exclude<PointValue, { kind: 'number' }>): void {
  if (value.kind === 'histogram') writeHistogram(pen, value)
  else if (value.kind === 'exponential_histogram') writeExponential(pen, value)
  else writeSummary(pen, value)
}

function writeHistogram({ out }: Pen, value: HistogramValue): void {
  writeStatistics(out, value)
  out.float64Array(value.explicitBounds)
  out.uint64Array(value.bucketCounts, 'bucket_counts')
  out.fields(NO_EXPONENTIAL_NOR_QUANTILES)
}

function writeExponential({ out }: Pen, value: ExponentialHistogramValue): void {
  writeStatistics(out, value)
  out.fields(NO_HISTOGRAM)
  out.int32(value.scale)
  out.uint64(value.zeroCount, 'zero_count')
  out.float64(value.zeroThreshold)
  out.int32(value.positive.offset)
  out.uint64Array(value.positive.bucketCounts, 'positive.bucket_counts')
  out.int32(value.negative.offset)
  out.uint64Array(value.negative.bucketCounts, 'negative.bucket_counts')
  out.null()
}

function writeSummary({ out, json }: Pen, value: SummaryValue): void {
  out.uint64(value.count, 'count')
  out.float64(value.sum)
  out.fields(NO_MIN_MAX)
  out.fields(NO_HISTOGRAM)
  out.fields(NO_EXPONENTIAL)
  const start = json.openField()
  json.literal('[')
  value.quantiles.forEach(({ quantile, value }, i) => {
    json.literal(i === 0 ? '{"quantile":' : ',{"quantile":')
    json.number(quantile)
    json.literal(',"value":')
    json.number(value)
    json.literal('}')
  })
  json.literal(']')
  json.closeField(start)
}

function writeStatistics(out: Pen['out'], value: HistogramValue | ExponentialHistogramValue): void {
  out.uint64(value.count, 'count')
  out.float64OrNull(value.sum)
  out.float64OrNull(value.min)
  out.float64OrNull(value.max)
}

export function writeExemplars(json: JsonWriter, exemplars: readonly Exemplar[]): void {
  const start = json.openField()
  exemplars.forEach((exemplar, i) => {
    json.literal(i === 0 ? '[{"time_unix_nano":' : ',{"time_unix_nano":')
    json.integer(exemplar.timeUnixNano)
    json.literal(',"value":')
    json.value(exemplar.value)
    json.literal(',"trace_id":')
    json.string(exemplar.traceId)
    json.literal(',"span_id":')
    json.string(exemplar.spanId)
    json.literal(',"filtered_attributes":')
    json.attributes(exemplar.filteredAttributes)
    json.literal('}')
  })
  json.literal(']')
  json.closeField(start)
}
