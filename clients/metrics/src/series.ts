export type MetricType = 'counter' | 'gauge' | 'histogram'

/** What is measured. The first record of a name defines it. */
export interface Metric {
  /** A letter, then letters, digits and `_ . / -`; at most 255 characters, as OpenTelemetry has it. */
  readonly name: string
  readonly type: MetricType
  /** In UCUM's spelling: `s`, `ms`, `By`, `1`, `{request}`. */
  readonly unit?: string
  readonly description?: string
  /** Upper bounds of a histogram's buckets, each inclusive. Default: for seconds from 0.005 to 10, else from 0 to 10,000. */
  readonly buckets?: readonly number[]
}

/** Values become text, so that 1 and '1' are one series. A label that is undefined or null is left out. */
export type Labels = Readonly<Record<string, string | number | boolean | null | undefined>>

/** One metric with one set of labels, and its state since the process started. */
export interface Series {
  /** Sorted by name. Only the mark of an overflow series is a boolean. */
  readonly labels: readonly (readonly [name: string, value: string | boolean])[]
  /** Of a counter the sum, of a gauge the last value. */
  value: number
  /** Of a histogram; undefined for the others. */
  readonly distribution: Distribution | undefined
}

export interface Distribution {
  /** One more than there are bounds. */
  readonly counts: number[]
  count: number
  sum: number
  min: number
  max: number
}

/** The bounds that OpenTelemetry's conventions advise for durations in seconds. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** The bounds that OpenTelemetry's SDKs have for everything else. */
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000]
/** Past this a histogram costs more than it tells. */
const BOUNDS_MAX = 160

/** Sorted, finite and distinct, whatever was given. */
export function boundsOf({ buckets, unit }: Metric): readonly number[] {
  const given = Array.isArray(buckets) ? buckets.filter(bound => Number.isFinite(bound)) : []
  if (given.length === 0) return unit === 's' ? BOUNDS_S : BOUNDS
  return [...new Set(given)].sort((a, b) => a - b).slice(0, BOUNDS_MAX)
}

export function openSeries(type: MetricType, bounds: readonly number[], labels: Series['labels']): Series {
  const distribution =
    type === 'histogram'
      ? { counts: new Array<number>(bounds.length + 1).fill(0), count: 0, sum: 0, min: Infinity, max: -Infinity }
      : undefined
  return { labels, value: 0, distribution }
}

/** False, with nothing changed, when the sum would leave what a double can hold. */
export function addTo(series: Series, type: MetricType, bounds: readonly number[], value: number): boolean {
  const { distribution } = series
  if (distribution !== undefined) return observe(distribution, bounds, value)
  const next = type === 'counter' ? series.value + value : value
  if (!Number.isFinite(next)) return false
  series.value = next
  return true
}

function observe(distribution: Distribution, bounds: readonly number[], value: number): boolean {
  const sum = distribution.sum + value
  if (!Number.isFinite(sum)) return false
  const found = bounds.findIndex(bound => value <= bound)
  const bucket = found < 0 ? bounds.length : found
  distribution.counts[bucket]! += 1
  distribution.count += 1
  distribution.sum = sum
  distribution.min = Math.min(distribution.min, value)
  distribution.max = Math.max(distribution.max, value)
  return true
}
