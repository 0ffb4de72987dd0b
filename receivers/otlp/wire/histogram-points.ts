import type { Exemplar, ExponentialBuckets, MetricPoint } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import { readBounds, readCounts, readSmallCounts } from './packed.ts'
import { NO_EXEMPLARS, newPoint, type PointOrigin, readExemplar } from './point.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

const HISTOGRAM_POINT = fields(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
const EXPONENTIAL_POINT = fields(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
const BUCKETS = fields(1, 2)
const NO_BUCKETS: ExponentialBuckets = { offset: 0, bucketCounts: [] }

/** The fields of metrics.v1.HistogramDataPoint up to `reader.end`. @throws RecordFault */
export function readHistogramPoint(reader: Reader, from: PointOrigin): MetricPoint {
  reader.budget.charge(PART_BYTES)
  let attributes: AttributesDraft | undefined
  let startTimeUnixNano = 0n
  let timeUnixNano = 0n
  let count = 0n
  let sum: number | undefined
  let min: number | undefined
  let max: number | undefined
  const bucketCounts: bigint[] = []
  const explicitBounds: number[] = []
  let exemplars: Exemplar[] | undefined
  let flags = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x4a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x11) startTimeUnixNano = reader.time()
    else if (tag === 0x19) timeUnixNano = reader.time()
    else if (tag === 0x21) count = reader.count()
    else if (tag === 0x29) sum = reader.double()
    else if (tag === 0x32 || tag === 0x31) readCounts(reader, tag, bucketCounts)
    else if (tag === 0x3a || tag === 0x39) readBounds(reader, tag, explicitBounds)
    else if (tag === 0x42) exemplars = readExemplar(reader, exemplars)
    else if (tag === 0x50) flags = reader.uint32()
    else if (tag === 0x59) min = reader.double()
    else if (tag === 0x61) max = reader.double()
    else skipUnknown(reader, tag, HISTOGRAM_POINT)
  }
  return newPoint(from, finished(attributes), startTimeUnixNano, timeUnixNano, flags, exemplars ?? NO_EXEMPLARS, {
    kind: 'histogram',
    count,
    sum,
    min,
    max,
    bucketCounts,
    explicitBounds,
  })
}

/** The fields of metrics.v1.ExponentialHistogramDataPoint up to `reader.end`. @throws RecordFault */
export function readExponentialHistogramPoint(reader: Reader, from: PointOrigin): MetricPoint {
  reader.budget.charge(PART_BYTES)
  let attributes: AttributesDraft | undefined
  let startTimeUnixNano = 0n
  let timeUnixNano = 0n
  let count = 0n
  let sum: number | undefined
  let min: number | undefined
  let max: number | undefined
  let scale = 0
  let zeroCount = 0n
  let zeroThreshold = 0
  let positive: BucketsDraft | undefined
  let negative: BucketsDraft | undefined
  let exemplars: Exemplar[] | undefined
  let flags = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x11) startTimeUnixNano = reader.time()
    else if (tag === 0x19) timeUnixNano = reader.time()
    else if (tag === 0x21) count = reader.count()
    else if (tag === 0x29) sum = reader.double()
    else if (tag === 0x30) scale = reader.sint32()
    else if (tag === 0x39) zeroCount = reader.count()
    else if (tag === 0x42) positive = readBuckets(reader, positive)
    else if (tag === 0x4a) negative = readBuckets(reader, negative)
    else if (tag === 0x50) flags = reader.uint32()
    else if (tag === 0x5a) exemplars = readExemplar(reader, exemplars)
    else if (tag === 0x61) min = reader.double()
    else if (tag === 0x69) max = reader.double()
    else if (tag === 0x71) zeroThreshold = reader.double()
    else skipUnknown(reader, tag, EXPONENTIAL_POINT)
  }
  return newPoint(from, finished(attributes), startTimeUnixNano, timeUnixNano, flags, exemplars ?? NO_EXEMPLARS, {
    kind: 'exponential_histogram',
    count,
    sum,
    min,
    max,
    scale,
    zeroCount,
    zeroThreshold,
    positive: positive ?? NO_BUCKETS,
    negative: negative ?? NO_BUCKETS,
  })
}

interface BucketsDraft extends ExponentialBuckets {
  offset: number
  readonly bucketCounts: bigint[]
}

/** Adds the Buckets that follow to `buckets`, or to new ones: the message may come in pieces. */
function readBuckets(reader: Reader, buckets: BucketsDraft | undefined): BucketsDraft {
  const into = buckets ?? { offset: 0, bucketCounts: [] }
  const outer = reader.open()
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x08) into.offset = reader.sint32()
    else if (tag === 0x12 || tag === 0x10) readSmallCounts(reader, tag, into.bucketCounts)
    else skipUnknown(reader, tag, BUCKETS)
  }
  reader.end = outer
  return into
}
