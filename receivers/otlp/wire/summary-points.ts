import type { MetricPoint, SummaryValue } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import { NO_EXEMPLARS, newPoint, type PointOrigin } from './point.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

const SUMMARY_POINT = fields(2, 3, 4, 5, 6, 7, 8)
const VALUE_AT_QUANTILE = fields(1, 2)

/** The fields of metrics.v1.SummaryDataPoint up to `reader.end`. @throws RecordFault */
export function readSummaryPoint(reader: Reader, from: PointOrigin): MetricPoint {
  let attributes: AttributesDraft | undefined
  let startTimeUnixNano = 0n
  let timeUnixNano = 0n
  let count = 0n
  let sum = 0
  const quantiles: SummaryValue['quantiles'][number][] = []
  let flags = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x3a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x11) startTimeUnixNano = reader.time()
    else if (tag === 0x19) timeUnixNano = reader.time()
    else if (tag === 0x21) count = reader.count()
    else if (tag === 0x29) sum = reader.double()
    else if (tag === 0x32) quantiles.push(readValueAtQuantile(reader))
    else if (tag === 0x40) flags = reader.uint32()
    else skipUnknown(reader, tag, SUMMARY_POINT)
  }
  return newPoint(from, finished(attributes), startTimeUnixNano, timeUnixNano, flags, NO_EXEMPLARS, {
    kind: 'summary',
    count,
    sum,
    quantiles,
  })
}

function readValueAtQuantile(reader: Reader): SummaryValue['quantiles'][number] {
  reader.budget.charge(PART_BYTES)
  const outer = reader.open()
  let quantile = 0
  let value = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x09) quantile = reader.double()
    else if (tag === 0x11) value = reader.double()
    else skipUnknown(reader, tag, VALUE_AT_QUANTILE)
  }
  reader.end = outer
  return { quantile, value }
}
