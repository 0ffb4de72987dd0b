import { attributeText, type MetricPoint } from '../../pipeline/model/index.ts'
import { tagOf } from './event.ts'

/** A series of the metrics API, version 2. */
export interface Series {
  readonly metric: string
  /** 1 count, 3 gauge. */
  readonly type: 1 | 3
  readonly points: readonly { readonly timestamp: number; readonly value: number }[]
  readonly unit?: string
  readonly tags: readonly string[]
  readonly resources: readonly { readonly name: string; readonly type: 'host' }[]
}

const NAME_CHARS_MAX = 200
const TAGS_MAX = 100
const DELTA = 1
const NANOSECONDS_PER_S = 1_000_000_000n

/**
 * A data point as Datadog takes it. Sums of an interval are counts; running totals are gauges of the total. A
 * distribution is its count, sum, minimum and maximum. What is no number is left out.
 */
export function seriesOf(point: MetricPoint, tags: readonly string[]): Series[] {
  const { metric, value, resource } = point
  const isDelta = metric.temporality === DELTA
  const all = [...tags, ...tagsOf(point)].map(tagOf).slice(0, TAGS_MAX)
  const host = attributeText(resource.attributes, 'host.name')
  const timestamp = Number(point.timeUnixNano / NANOSECONDS_PER_S)
  const series = (
    suffix: string,
    number: bigint | number | null | undefined,
    type: 1 | 3,
    more: string[] = [],
  ): Series[] => {
    const amount = Number(number ?? Number.NaN)
    if (!Number.isFinite(amount)) return []
    return [
      {
        metric: nameOf(metric.name + suffix),
        type,
        points: [{ timestamp, value: amount }],
        tags: [...all, ...more],
        resources: host === undefined ? [] : [{ name: host, type: 'host' }],
      },
    ]
  }
  const counted = isDelta ? 1 : 3
  switch (value.kind) {
    case 'number':
      return series('', value.value, metric.type === 'sum' && isDelta ? 1 : 3)
    case 'histogram':
    case 'exponential_histogram':
      return [
        ...series('.count', value.count, counted),
        ...series('.sum', value.sum, counted),
        ...series('.min', value.min, 3),
        ...series('.max', value.max, 3),
      ]
    case 'summary':
      return [
        ...series('.count', value.count, 3),
        ...series('.sum', value.sum, 3),
        ...value.quantiles.flatMap(({ quantile, value }) => series('.quantile', value, 3, [`quantile:${quantile}`])),
      ]
  }
}

function tagsOf({ attributes, resource }: MetricPoint): string[] {
  const named = [
    ['service', attributeText(resource.attributes, 'service.name')],
    [
      'env',
      attributeText(resource.attributes, 'deployment.environment.name') ??
        attributeText(resource.attributes, 'deployment.environment'),
    ],
    ['version', attributeText(resource.attributes, 'service.version')],
    ...[...attributes.keys()].map(key => [key, attributeText(attributes, key)]),
  ]
  return named.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}:${value}`)
}

/** Letters, digits, dots and underscores, a letter first. */
function nameOf(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_.]/g, '_').slice(0, NAME_CHARS_MAX)
  return /^[A-Za-z]/.test(clean) ? clean : `m${clean}`.slice(0, NAME_CHARS_MAX)
}
