import type { Attributes, Exemplar, Metric, MetricPoint, PointValue } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import { readId } from './delimited.ts'
import type { Reader } from './reader.ts'
import type { Origin } from './record.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

export interface PointOrigin extends Origin {
  readonly metric: Metric
}

export const NO_EXEMPLARS: readonly Exemplar[] = []
const EXEMPLAR = fields(2, 3, 4, 5, 6, 7)

/** Names are clipped in messages: a partial success is no place for a megabyte that the sender has anyway. */
const MAX_SHOWN_NAME = 120

/** What a message calls a point of `metric`. */
export function dataPointOf(metric: Metric): string {
  return `data point of metric "${metric.name.slice(0, MAX_SHOWN_NAME)}"`
}

/** A point of any kind: literals of one shape, so that V8 has one class for them. */
export function newPoint(
  from: PointOrigin,
  attributes: Attributes,
  startTimeUnixNano: bigint,
  timeUnixNano: bigint,
  flags: number,
  exemplars: readonly Exemplar[],
  value: PointValue,
): MetricPoint {
  const { resource, scope, metric } = from
  return { resource, scope, metric, attributes, startTimeUnixNano, timeUnixNano, flags, exemplars, value }
}

/** Adds the Exemplar that follows to `exemplars`, or to a new list. */
export function readExemplar(reader: Reader, exemplars: Exemplar[] | undefined): Exemplar[] {
  const into = exemplars ?? []
  reader.budget.charge(PART_BYTES)
  const outer = reader.open()
  let filteredAttributes: AttributesDraft | undefined
  let timeUnixNano = 0n
  let value: bigint | number | null = null
  let spanId = ''
  let traceId = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x3a) filteredAttributes = readAttribute(reader, filteredAttributes)
    else if (tag === 0x11) timeUnixNano = reader.time()
    else if (tag === 0x19) value = reader.double()
    else if (tag === 0x31) value = reader.sfixed64()
    else if (tag === 0x22) spanId = readId(reader, 8)
    else if (tag === 0x2a) traceId = readId(reader, 16)
    else skipUnknown(reader, tag, EXEMPLAR)
  }
  reader.end = outer
  into.push({ filteredAttributes: finished(filteredAttributes), timeUnixNano, value, spanId, traceId })
  return into
}
