import { addTo, boundsOf, type Labels, type Metric, openSeries, type Series } from './series.ts'

/** A metric with all its series. */
export interface Family {
  readonly metric: Metric
  /** Of a histogram. */
  readonly bounds: readonly number[]
  readonly series: ReadonlyMap<string, Series>
}

/** Why a value was not taken. */
export type Refusal = 'name' | 'type' | 'value' | 'negative' | 'conflict' | 'labels' | 'metrics'

export interface Registry {
  /** Undefined when the value was taken. Never throws on what a caller can pass. */
  record(metric: Metric, labels: Labels, value: number): Refusal | undefined
  readonly families: Iterable<Family>
  readonly seriesCount: number
  /** Values that went to an overflow series for want of room. */
  readonly overflowed: number
}

/** OpenTelemetry's default: more label sets of one metric are ids that nobody will look at one by one. */
const SERIES_MAX_PER_METRIC = 2_000
/** Bounds memory (1 KB for a histogram with the usual buckets, so 30 MB) and a collection to 30 requests. */
const SERIES_MAX = 30_000
/** Programs have some dozens; one that makes names up must not fill memory. */
const METRICS_MAX = 1_000
const LABELS_MAX = 64
const LABEL_CHARS_MAX = 1_024
const TEXT_CHARS_MAX = 1_024

const NAME = /^[A-Za-z][\w./-]{0,254}$/
const TYPES: ReadonlySet<unknown> = new Set(['counter', 'gauge', 'histogram'])
/** The name that OpenTelemetry's specification gives to the series of everything past the limit. */
const OVERFLOW: Series['labels'] = [['otel.metric.overflow', true]]
const OVERFLOW_KEY = 'overflow'

/** Calls give the labels of a series in one order, or in a few. */
const QUICK_KEYS_MAX_PER_METRIC = 2 * SERIES_MAX_PER_METRIC

interface OpenFamily extends Family {
  readonly series: Map<string, Series>
  /** The series of labels as they were given: no sorting where they come again, which halves the cost of a call. */
  readonly byQuickKey: Map<string, Series>
}

export function createRegistry(): Registry {
  const families = new Map<string, OpenFamily>()
  let seriesCount = 0
  let overflowed = 0

  function record(metric: Metric, labels: Labels, value: number): Refusal | undefined {
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'value'
    if (metric.type === 'counter' && value < 0) return 'negative'
    const known = families.get(metric.name)
    if (known !== undefined && known.metric.type !== metric.type) return 'conflict'
    const family = known ?? define(metric)
    if (typeof family === 'string') return family
    const quick = quickKey(labels)
    let series = quick === undefined ? undefined : family.byQuickKey.get(quick)
    if (series === undefined) {
      const sorted = sortedLabels(labels)
      if (sorted === undefined) return 'labels'
      const { series: found, isOverflow } = seriesOf(family, sorted)
      series = found
      const mayKeep = !isOverflow && family.byQuickKey.size < QUICK_KEYS_MAX_PER_METRIC
      if (quick !== undefined && mayKeep) family.byQuickKey.set(quick, found)
    }
    return addTo(series, family.metric.type, family.bounds, value) ? undefined : 'value'
  }

  function define(metric: Metric): OpenFamily | Refusal {
    const { name, type, unit, description } = metric
    if (typeof name !== 'string' || !NAME.test(name)) return 'name'
    if (!TYPES.has(type)) return 'type'
    if (families.size >= METRICS_MAX) return 'metrics'
    const family: OpenFamily = {
      metric: {
        name,
        type,
        ...(typeof unit === 'string' && { unit: unit.slice(0, TEXT_CHARS_MAX) }),
        ...(typeof description === 'string' && { description: description.slice(0, TEXT_CHARS_MAX) }),
      },
      bounds: type === 'histogram' ? boundsOf(metric) : [],
      series: new Map(),
      byQuickKey: new Map(),
    }
    families.set(name, family)
    return family
  }

  function seriesOf(family: OpenFamily, labels: Series['labels']): { series: Series; isOverflow: boolean } {
    const key = JSON.stringify(labels)
    const known = family.series.get(key)
    if (known !== undefined) return { series: known, isOverflow: false }
    const isFull = seriesCount >= SERIES_MAX || family.series.size >= SERIES_MAX_PER_METRIC
    if (isFull) overflowed += 1
    const overflow = isFull ? family.series.get(OVERFLOW_KEY) : undefined
    if (overflow !== undefined) return { series: overflow, isOverflow: true }
    const series = openSeries(family.metric.type, family.bounds, isFull ? OVERFLOW : labels)
    family.series.set(isFull ? OVERFLOW_KEY : key, series)
    seriesCount += 1
    return { series, isOverflow: isFull }
  }

  return {
    record,
    families: { [Symbol.iterator]: () => families.values() },
    get seriesCount() {
      return seriesCount
    },
    get overflowed() {
      return overflowed
    },
  }
}

/** Names and values with their lengths, in the order in which they are given; undefined for what is not all texts. */
function quickKey(labels: Labels): string | undefined {
  if (typeof labels !== 'object' || labels === null) return undefined
  let key = ''
  for (const name of Object.keys(labels)) {
    const value: unknown = labels[name]
    if (typeof value !== 'string' || value.length > LABEL_CHARS_MAX || name.length > LABEL_CHARS_MAX) return undefined
    key += `${name.length},${value.length}:${name}${value}`
  }
  return key
}

/** Undefined for what is no set of labels. */
function sortedLabels(labels: Labels): Series['labels'] | undefined {
  if (labels === null || labels === undefined) return []
  if (typeof labels !== 'object') return undefined
  const entries: [string, string][] = []
  for (const [name, value] of Object.entries(labels)) {
    if (name === '' || value === undefined || value === null) continue
    entries.push([name.slice(0, LABEL_CHARS_MAX), String(value).slice(0, LABEL_CHARS_MAX)])
  }
  if (entries.length > LABELS_MAX) return undefined
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
