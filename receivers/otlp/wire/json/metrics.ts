import type { Metric } from '../../../../pipeline/model/index.ts'
import type { Budget } from '../budget.ts'
import { RecordFault, TWO_KINDS } from '../faults.ts'
import { dataPointOf } from '../point.ts'
import type { Decoded, Origin } from '../record.ts'
import { field, type JsonObject, list, object } from './objects.ts'
import { readPoint } from './points.ts'
import { readRecord, rejection } from './record.ts'
import { bool, enumeration, text } from './scalars.ts'
import { readAttributes } from './values.ts'

const TEMPORALITIES = new Map([
  ['AGGREGATION_TEMPORALITY_UNSPECIFIED', 0],
  ['AGGREGATION_TEMPORALITY_DELTA', 1],
  ['AGGREGATION_TEMPORALITY_CUMULATIVE', 2],
])

/** Of the oneof in metrics.v1.Metric: the two names of each kind of data. */
const KINDS: readonly { readonly type: Metric['type']; readonly name: string }[] = [
  { type: 'gauge', name: 'gauge' },
  { type: 'sum', name: 'sum' },
  { type: 'histogram', name: 'histogram' },
  { type: 'exponential_histogram', name: 'exponentialHistogram' },
  { type: 'summary', name: 'summary' },
]

/**
 * Books the points of a metrics.v1.Metric. A fault in what they share rejects all of them; where none can be told apart,
 * the whole Metric counts as one rejected record.
 */
export function readMetric(
  value: unknown,
  into: Decoded<'metrics'>,
  from: Origin,
  shared: RecordFault | undefined,
  budget: Budget,
): void {
  try {
    const message = object(value)
    const points = dataOf(message).flatMap(({ data }) => list(field(data, 'dataPoints', 'data_points')))
    const { metric, fault } = readHead(message, budget)
    if (fault !== undefined && points.length === 0) throw fault
    const what = dataPointOf(metric)
    const origin = { ...from, metric }
    for (const point of points) {
      readRecord(point, into.items, into.rejected, readPoint, origin, shared ?? fault, what, budget)
    }
  } catch (error) {
    budget.chargeRecord()
    into.rejected.push(rejection(error, 'metric', value, budget))
  }
}

/** The kinds of data that the metric carries: one, if it is sound. */
function dataOf(message: JsonObject): { readonly type: Metric['type']; readonly data: JsonObject }[] {
  return KINDS.flatMap(({ type, name }) => {
    const data = field(message, name, type)
    return data === undefined ? [] : [{ type, data: object(data) }]
  })
}

function readHead(message: JsonObject, budget: Budget): { readonly metric: Metric; readonly fault?: RecordFault } {
  const [first, second] = dataOf(message)
  const type = first?.type ?? 'gauge'
  try {
    if (second !== undefined) throw TWO_KINDS
    return { metric: headOf(message, type, first?.data ?? {}, budget) }
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    const name = typeof message.name === 'string' ? message.name : ''
    return { metric: headOf({ name }, type, {}, budget), fault: error }
  }
}

function headOf(message: JsonObject, type: Metric['type'], data: JsonObject, budget: Budget): Metric {
  const temporality = field(data, 'aggregationTemporality', 'aggregation_temporality')
  return {
    name: text(field(message, 'name')),
    description: text(field(message, 'description')),
    unit: text(field(message, 'unit')),
    metadata: readAttributes(field(message, 'metadata'), budget),
    type,
    temporality: type === 'gauge' || type === 'summary' ? 0 : enumeration(temporality, TEMPORALITIES),
    isMonotonic: type === 'sum' && bool(field(data, 'isMonotonic', 'is_monotonic')),
  }
}
