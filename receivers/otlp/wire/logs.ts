import type { AttributeValue, LogRecord } from '../../../pipeline/model/index.ts'
import { readIdIfValid, readText } from './delimited.ts'
import type { Reader } from './reader.ts'
import type { Origin } from './record.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAnyValue, readAttribute } from './values.ts'

/** Tags below are `field number << 3 | wire type`, with the field numbers of logs.proto. */
const LOG_RECORD = fields(1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12)

/** The fields of logs.v1.LogRecord up to `reader.end`. @throws RecordFault */
export function readLogRecord(reader: Reader, from: Origin): LogRecord {
  let timeUnixNano = 0n
  let observedTimeUnixNano = 0n
  let severityNumber = 0
  let severityText = ''
  let body: AttributeValue = null
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  let flags = 0
  let traceId = ''
  let spanId = ''
  let eventName = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x32) attributes = readAttribute(reader, attributes)
    else if (tag === 0x09) timeUnixNano = reader.time()
    else if (tag === 0x59) observedTimeUnixNano = reader.time()
    else if (tag === 0x10) severityNumber = reader.int32()
    else if (tag === 0x1a) severityText = readText(reader)
    else if (tag === 0x2a) body = readAnyValue(reader, body)
    else if (tag === 0x38) droppedAttributesCount = reader.uint32()
    else if (tag === 0x45) flags = reader.fixed32()
    else if (tag === 0x4a) traceId = readIdIfValid(reader, 16)
    else if (tag === 0x52) spanId = readIdIfValid(reader, 8)
    else if (tag === 0x62) eventName = readText(reader)
    else skipUnknown(reader, tag, LOG_RECORD)
  }
  return {
    resource: from.resource,
    scope: from.scope,
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber,
    severityText,
    body,
    attributes: finished(attributes),
    droppedAttributesCount,
    flags,
    traceId,
    spanId,
    eventName,
  }
}
