import type { Metric, MetricPoint } from '../../../pipeline/model/index.ts'
import type { RecordFault } from './faults.ts'
import { readExponentialHistogramPoint, readHistogramPoint } from './histogram-points.ts'
import { isMetricData, readMetricHead } from './metric-head.ts'
import { readNumberPoint } from './number-points.ts'
import { dataPointOf, type PointOrigin } from './point.ts'
import type { Reader } from './reader.ts'
import { type Decoded, type Origin, readRecord, rejection } from './record.ts'
import { skipField } from './skip.ts'
import { readSummaryPoint } from './summary-points.ts'

const READ_POINT: { readonly [T in Metric['type']]: (reader: Reader, from: PointOrigin) => MetricPoint } = {
  gauge: readNumberPoint,
  sum: readNumberPoint,
  histogram: readHistogramPoint,
  exponential_histogram: readExponentialHistogramPoint,
  summary: readSummaryPoint,
}

/**
 * Books the points of the Metric that follows. Twice over the same bytes, since temporality and metadata may come after
 * the points. With a fault in those, all points are rejected; where none can be told apart, the whole Metric counts as
 * one rejected record.
 */
export function readMetric(
  reader: Reader,
  into: Decoded<'metrics'>,
  from: Origin,
  shared: RecordFault | undefined,
): void {
  const outer = reader.open()
  const start = reader.pos
  const end = reader.end
  const rejectedBefore = into.rejected.length
  try {
    const { metric, fault } = readMetricHead(reader)
    reader.pos = start
    readPoints(reader, into, { ...from, metric }, shared ?? fault)
    if (fault !== undefined && into.rejected.length === rejectedBefore) throw fault
  } catch (error) {
    reader.budget.chargeRecord()
    into.rejected.length = rejectedBefore
    into.rejected.push(rejection(reader, error, 'metric', start, end))
  }
  reader.pos = end
  reader.end = outer
}

function readPoints(
  reader: Reader,
  into: Decoded<'metrics'>,
  from: PointOrigin,
  shared: RecordFault | undefined,
): void {
  const what = dataPointOf(from.metric)
  const read = READ_POINT[from.metric.type]
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (isMetricData(tag)) {
      const outer = reader.open()
      while (reader.pos < reader.end) {
        const inner = reader.tag()
        if (inner === 0x0a) readRecord(reader, into.items, into.rejected, read, from, shared, what)
        else skipField(reader, inner)
      }
      reader.end = outer
    } else skipField(reader, tag)
  }
}
