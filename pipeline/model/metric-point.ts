import type { Attributes } from './attributes.ts'
import type { Resource, Scope } from './resource.ts'

/** What the points of one OTLP metric share. */
export interface Metric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly metadata: Attributes
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary'
  /** AggregationTemporality: 0 unspecified, 1 delta, 2 cumulative; 0 for gauge and summary. */
  readonly temporality: number
  /** Of a sum; false otherwise. */
  readonly isMonotonic: boolean
}

/** One data point: the item of the metrics signal, since OTLP counts and rejects by data point. */
export interface MetricPoint {
  readonly resource: Resource
  readonly scope: Scope
  readonly metric: Metric
  readonly attributes: Attributes
  readonly startTimeUnixNano: bigint
  readonly timeUnixNano: bigint
  /** DataPointFlags; bit 0: no recorded value. */
  readonly flags: number
  readonly exemplars: readonly Exemplar[]
  readonly value: PointValue
}

/** Tagged by `kind`; a gauge's and a sum's points are both `number`. */
export type PointValue = NumberValue | HistogramValue | ExponentialHistogramValue | SummaryValue

export interface NumberValue {
  readonly kind: 'number'
  /** `bigint` for as_int, `number` for as_double, `null` where the sender set neither. */
  readonly value: bigint | number | null
}

/** `sum`, `min`, `max` are `undefined` where the sender left them out. */
interface Distribution {
  readonly count: bigint
  readonly sum: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}

export interface HistogramValue extends Distribution {
  readonly kind: 'histogram'
  readonly bucketCounts: readonly bigint[]
  readonly explicitBounds: readonly number[]
}

export interface ExponentialHistogramValue extends Distribution {
  readonly kind: 'exponential_histogram'
  readonly scale: number
  readonly zeroCount: bigint
  readonly zeroThreshold: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

export interface ExponentialBuckets {
  readonly offset: number
  readonly bucketCounts: readonly bigint[]
}

export interface SummaryValue {
  readonly kind: 'summary'
  readonly count: bigint
  readonly sum: number
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[]
}

export interface Exemplar {
  readonly filteredAttributes: Attributes
  readonly timeUnixNano: bigint
  readonly value: bigint | number | null
  readonly spanId: string
  readonly traceId: string
}
