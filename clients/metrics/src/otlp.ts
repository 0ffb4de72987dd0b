import type { Family } from './registry.ts'
import type { Series } from './series.ts'

/** Nanoseconds since 1970, as OTLP's JSON writes them. */
export const nanosOf = (epochMs: number) => `${Math.trunc(epochMs)}000000`

/** Points in one request: some 300 KB, and a few milliseconds of work at a time. */
const POINTS_PER_REQUEST = 1_000

export interface Request {
  /** Of `POST /v1/metrics`. */
  readonly body: string
  readonly points: number
}

function attributesOf(labels: Series['labels']) {
  return labels.map(([key, value]) => ({
    key,
    value: typeof value === 'boolean' ? { boolValue: value } : { stringValue: value },
  }))
}

/**
 * The state of all families in requests of bounded size, each written when it is asked for. Sums and histograms are
 * cumulative since `startNanos`, so a request that is lost loses no count: the next one has it.
 */
export function* requests(
  families: Iterable<Family>,
  resource: Series['labels'],
  startNanos: string,
): Generator<Request> {
  let metrics: object[] = []
  let points = 0
  const finish = (): Request => {
    const scopeMetrics = [{ scope: { name: '@sensorium/metrics' }, metrics }]
    const body = JSON.stringify({
      resourceMetrics: [{ resource: { attributes: attributesOf(resource) }, scopeMetrics }],
    })
    const request = { body, points }
    metrics = []
    points = 0
    return request
  }
  for (const family of families) {
    const waiting = [...family.series.values()]
    while (waiting.length > 0) {
      const part = waiting.splice(0, POINTS_PER_REQUEST - points)
      metrics.push(metricOf(family, part, startNanos, nanosOf(Date.now())))
      points += part.length
      if (points === POINTS_PER_REQUEST) yield finish()
    }
  }
  if (points > 0) yield finish()
}

/** OTLP's number for cumulative temporality. */
const CUMULATIVE = 2

function metricOf({ metric, bounds }: Family, series: readonly Series[], startTimeUnixNano: string, now: string) {
  const { name, unit = '', description = '', type } = metric
  const head = { name, unit, description }
  const dataPoints = series.map(({ labels, value, distribution }) => {
    const point = { attributes: attributesOf(labels), startTimeUnixNano, timeUnixNano: now }
    if (distribution === undefined) return { ...point, asDouble: value }
    const { counts, count, sum, min, max } = distribution
    return { ...point, count: String(count), sum, min, max, explicitBounds: bounds, bucketCounts: counts.map(String) }
  })
  if (type === 'counter') return { ...head, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
  if (type === 'gauge') return { ...head, gauge: { dataPoints } }
  return { ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
}
