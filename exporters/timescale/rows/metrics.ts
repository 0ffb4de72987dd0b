import type { AttributeValue, Metric, MetricPoint } from '../../../pipeline/model/index.ts'
import { boundedText, isBounded } from '../bounded-text.ts'
import { type DictionaryRow, dictionaryRow } from '../dictionary.ts'
import { canonicalJson, clean, type Dimensions } from '../dimensions.ts'
import { type SeriesUse, seriesOf } from '../shapes/series.ts'
import { type CopyTable, encodedNulls } from '../table.ts'
import { bucketsText, writeDetails } from './metric-values.ts'
import { originOf, type Pen } from './pen.ts'

export const METRIC_TABLE: CopyTable = {
  name: 'metric_points',
  view: 'metrics_samples',
  dictionary: 'metric_series',
  columns: [
    ['timestamp', 'timestamptz'],
    ['series_id', 'bigint'],
    ['start_timestamp', 'timestamptz'],
    ['value', 'double precision'],
    ['value_int', 'bigint'],
    ['min', 'double precision'],
    ['max', 'double precision'],
    ['buckets', 'text'],
  ],
}

/** Where a metric's name is kept whole when its column has only the beginning. */
export const FULL_METRIC_NAME_KEY = 'sensorium.metric_name'

/** Filled again for each point: no allocation. */
const head: AttributeValue[] = ['', 0]
export const POINT_HEAD = [
  { key: 'metric', mayBeOwn: false },
  { key: 'flags', mayBeOwn: false },
] as const

/** `receivedUnixNano` dates a point without a time. */
export function writeMetricPoint(pen: Pen, point: MetricPoint, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, trees, use } = pen
  const time = point.timeUnixNano || receivedUnixNano
  pen.seen(time)
  head[0] = identityOf(point.metric)
  head[1] = point.flags
  const leaf = trees.points.find(head, labelsOf(point))
  const series = seriesOf(leaf, point, dimensions, part => seriesRow(part, point, dimensions))
  use(series.row)
  out.rowStart(METRIC_TABLE.columns.length)
  out.timestamp(time, 'time_unix_nano')
  out.int64(series.row.id)
  if (point.startTimeUnixNano === 0n || series.startUnixNano !== 0n) out.null()
  else out.timestamp(point.startTimeUnixNano, 'start_time_unix_nano')
  writeValue(pen, point)
}

const identities = new WeakMap<Metric, string>()

/** All that tells a metric from another one of the same name, as a text. The points of a request share the object. */
function identityOf(metric: Metric): string {
  let identity = identities.get(metric)
  if (identity === undefined) {
    identity = JSON.stringify(metricValues(metric))
    identities.set(metric, identity)
  }
  return identity
}

const TEMPORALITIES = [null, 'delta', 'cumulative']

function metricValues(metric: Metric): readonly (string | boolean | null)[] {
  return [
    clean(boundedText(metric.name)),
    metric.type,
    clean(metric.unit) || null,
    clean(metric.description) || null,
    metric.metadata.size === 0 ? null : canonicalJson(metric.metadata),
    TEMPORALITIES[metric.temporality] ?? null,
    metric.type === 'sum' ? metric.isMonotonic : null,
  ]
}

function seriesRow(
  { bounds, startUnixNano }: Pick<SeriesUse, 'bounds' | 'startUnixNano'>,
  point: MetricPoint,
  dimensions: Dimensions,
): DictionaryRow {
  return dictionaryRow('metric_series', [
    ...originOf(dimensions),
    ...metricValues(point.metric),
    canonicalJson(labelsOf(point)),
    bounds === undefined ? null : `{${bounds.join(',')}}`,
    startUnixNano === 0n ? null : isoTime(startUnixNano),
    point.flags,
  ])
}

/** With microseconds, which Date does not have. */
function isoTime(unixNano: bigint): string {
  const seconds = new Date(Number(unixNano / 1_000_000_000n) * 1000).toISOString()
  return seconds.replace('.000Z', `.${String((unixNano / 1000n) % 1_000_000n).padStart(6, '0')}Z`)
}

function labelsOf({ metric, attributes }: MetricPoint): MetricPoint['attributes'] {
  return isBounded(metric.name) ? attributes : new Map(attributes).set(FULL_METRIC_NAME_KEY, metric.name)
}

/** min, max. */
const NO_EXTREMES = encodedNulls(2)

/** value, value_int, min, max, buckets: what they are of each kind says the comment of metric_points. */
function writeValue({ out, json }: Pen, { value, exemplars }: MetricPoint): void {
  if (value.kind === 'number') {
    if (typeof value.value === 'number') out.float64(value.value)
    else out.null()
    if (typeof value.value === 'bigint') out.int64(value.value)
    else out.null()
  } else {
    out.float64OrNull(value.sum)
    out.uint64(value.count, 'count')
  }
  if (value.kind === 'number' || value.kind === 'summary') out.fields(NO_EXTREMES)
  else {
    out.float64OrNull(value.min)
    out.float64OrNull(value.max)
  }
  const quantiles = value.kind === 'summary' ? value.quantiles : undefined
  if (value.kind === 'number' && exemplars.length === 0) {
    out.null()
    return
  }
  const start = out.openText()
  json.literal(bucketsText(value))
  if (exemplars.length > 0 || quantiles !== undefined) {
    json.literal('|')
    writeDetails(json, exemplars, quantiles)
  }
  out.closeText(start)
}
