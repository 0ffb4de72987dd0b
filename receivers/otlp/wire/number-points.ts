import type { Exemplar, MetricPoint } from '../../../pipeline/model/index.ts'
import { NO_EXEMPLARS, newPoint, type PointOrigin, readExemplar } from './point.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

const NUMBER_POINT = fields(2, 3, 4, 5, 6, 7, 8)

/** The fields of metrics.v1.NumberDataPoint up to `reader.end`. @throws RecordFault */
export function readNumberPoint(reader: Reader, from: PointOrigin): MetricPoint {
  let attributes: AttributesDraft | undefined
  let startTimeUnixNano = 0n
  let timeUnixNano = 0n
  let value: bigint | number | null = null
  let exemplars: Exemplar[] | undefined
  let flags = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x3a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x11) startTimeUnixNano = reader.time()
    else if (tag === 0x19) timeUnixNano = reader.time()
    else if (tag === 0x21) value = reader.double()
    else if (tag === 0x31) value = reader.sfixed64()
    else if (tag === 0x2a) exemplars = readExemplar(reader, exemplars)
    else if (tag === 0x40) flags = reader.uint32()
    else skipUnknown(reader, tag, NUMBER_POINT)
  }
  return newPoint(from, finished(attributes), startTimeUnixNano, timeUnixNano, flags, exemplars ?? NO_EXEMPLARS, {
    kind: 'number',
    value,
  })
}
