import type { Metric, MetricPoint, PointValue } from '../../../pipeline/model/index.ts'
import { boundedText, isBounded } from '../bounded-text.ts'
import { type Dimensions, SHARED_COLUMNS } from '../dimensions.ts'
import type { CopyTable } from '../table.ts'
import { encodedNulls } from '../table.ts'
import { writeDistribution, writeExemplars } from './metric-values.ts'
import type { Pen } from './pen.ts'

export const METRIC_TABLE: CopyTable = {
  name: 'metrics_samples',
  columns: [
    ['timestamp', 'timestamptz'],
    ['start_timestamp', 'timestamptz'],
    ['flags', 'bigint'],
    ...SHARED_COLUMNS,
    ['metric_name', 'text'],
    ['metric_type', 'text'],
    ['unit', 'text'],
    ['description', 'text'],
    ['metadata', 'jsonb'],
    ['temporality', 'text'],
    ['is_monotonic', 'boolean'],
    ['labels', 'jsonb'],
    ['exemplars', 'jsonb'],
    ['value', 'double precision'],
    ['value_int', 'bigint'],
    ['count', 'bigint'],
    ['sum', 'double precision'],
    ['min', 'double precision'],
    ['max', 'double precision'],
    ['explicit_bounds', 'double precision[]'],
    ['bucket_counts', 'bigint[]'],
    ['scale', 'integer'],
    ['zero_count', 'bigint'],
    ['zero_threshold', 'double precision'],
    ['positive_offset', 'integer'],
    ['positive_bucket_counts', 'bigint[]'],
    ['negative_offset', 'integer'],
    ['negative_bucket_counts', 'bigint[]'],
    ['quantile_values', 'jsonb'],
  ],
}

/** Where a metric's name is kept whole when its column has only the beginning. */
export const FULL_METRIC_NAME_KEY = 'sensorium.metric_name'

/** `receivedUnixNano` dates a point without a time. */
export function writeMetricPoint(pen: Pen, point: MetricPoint, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, json } = pen
  out.rowStart(METRIC_TABLE.columns.length)
  out.timestamp(point.timeUnixNano || receivedUnixNano, 'time_unix_nano')
  if (point.startTimeUnixNano === 0n) out.null()
  else out.timestamp(point.startTimeUnixNano, 'start_time_unix_nano')
  out.uint32(point.flags)
  out.fields(dimensions.shared)
  writeMetric(pen, point.metric)
  json.attributesField(labelsOf(point))
  if (point.exemplars.length === 0) out.null()
  else writeExemplars(json, point.exemplars)
  writeValue(pen, point.value)
}

const TEMPORALITIES = [undefined, 'delta', 'cumulative']

function writeMetric({ out, json }: Pen, metric: Metric): void {
  out.text(boundedText(metric.name))
  out.text(metric.type)
  out.textOrNull(metric.unit)
  out.textOrNull(metric.description)
  if (metric.metadata.size === 0) out.null()
  else json.attributesField(metric.metadata)
  out.textOrNull(TEMPORALITIES[metric.temporality])
  if (metric.type === 'sum') out.boolean(metric.isMonotonic)
  else out.null()
}

function labelsOf({ metric, attributes }: MetricPoint): MetricPoint['attributes'] {
  return isBounded(metric.name) ? attributes : new Map(attributes).set(FULL_METRIC_NAME_KEY, metric.name)
}

const NUMBER_COLUMNS = 2
const VALUE_COLUMNS = METRIC_TABLE.columns.length - METRIC_TABLE.columns.findIndex(([name]) => name === 'value')
const NO_NUMBER = encodedNulls(NUMBER_COLUMNS)
const NO_DISTRIBUTION = encodedNulls(VALUE_COLUMNS - NUMBER_COLUMNS)

function writeValue(pen: Pen, point: PointValue): void {
  const { out } = pen
  if (point.kind === 'number') {
    out.float64OrNull(point.value === null ? undefined : Number(point.value))
    if (typeof point.value === 'bigint') out.int64(point.value)
    else out.null()
    out.fields(NO_DISTRIBUTION)
  } else {
    out.fields(NO_NUMBER)
    writeDistribution(pen, point)
  }
}
