import type { Span, SpanEvent, SpanLink } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import { readId, readText } from './delimited.ts'
import { NO_SPAN_ID, NO_TRACE_ID } from './faults.ts'
import type { Reader } from './reader.ts'
import type { Origin } from './record.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

/** Tags below are `field number << 3 | wire type`, with the field numbers of trace.proto. */
const SPAN = fields(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
const EVENT = fields(1, 2, 3, 4)
const LINK = fields(1, 2, 3, 4, 5, 6)
const STATUS = fields(2, 3)
const NO_EVENTS: readonly SpanEvent[] = []
const NO_LINKS: readonly SpanLink[] = []

/** The fields of trace.v1.Span up to `reader.end`. @throws RecordFault, also for a span without valid ids. */
export function readSpan(reader: Reader, from: Origin): Span {
  let traceId = ''
  let spanId = ''
  let traceState = ''
  let parentSpanId = ''
  let flags = 0
  let name = ''
  let kind = 0
  let startTimeUnixNano = 0n
  let endTimeUnixNano = 0n
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  let events: SpanEvent[] | undefined
  let droppedEventsCount = 0
  let links: SpanLink[] | undefined
  let droppedLinksCount = 0
  let status = UNSET

  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x4a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x0a) traceId = readId(reader, 16)
    else if (tag === 0x12) spanId = readId(reader, 8)
    else if (tag === 0x1a) traceState = readText(reader)
    else if (tag === 0x22) parentSpanId = readId(reader, 8)
    else if (tag === 0x2a) name = readText(reader)
    else if (tag === 0x30) kind = reader.int32()
    else if (tag === 0x39) startTimeUnixNano = reader.time()
    else if (tag === 0x41) endTimeUnixNano = reader.time()
    else if (tag === 0x50) droppedAttributesCount = reader.uint32()
    else if (tag === 0x5a) events = append(events, readEvent(reader))
    else if (tag === 0x60) droppedEventsCount = reader.uint32()
    else if (tag === 0x6a) links = append(links, readLink(reader))
    else if (tag === 0x70) droppedLinksCount = reader.uint32()
    else if (tag === 0x7a) status = readStatus(reader, status)
    else if (tag === 0x85) flags = reader.fixed32()
    else skipUnknown(reader, tag, SPAN)
  }
  if (traceId === '') throw NO_TRACE_ID
  if (spanId === '') throw NO_SPAN_ID
  return {
    resource: from.resource,
    scope: from.scope,
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    name,
    kind,
    startTimeUnixNano,
    endTimeUnixNano,
    attributes: finished(attributes),
    droppedAttributesCount,
    events: events ?? NO_EVENTS,
    droppedEventsCount,
    links: links ?? NO_LINKS,
    droppedLinksCount,
    statusCode: status.code,
    statusMessage: status.message,
  }
}

function append<T>(list: T[] | undefined, entry: T): T[] {
  if (list === undefined) return [entry]
  list.push(entry)
  return list
}

function readEvent(reader: Reader): SpanEvent {
  reader.budget.charge(PART_BYTES)
  const outer = reader.open()
  let timeUnixNano = 0n
  let name = ''
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x09) timeUnixNano = reader.time()
    else if (tag === 0x12) name = readText(reader)
    else if (tag === 0x1a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x20) droppedAttributesCount = reader.uint32()
    else skipUnknown(reader, tag, EVENT)
  }
  reader.end = outer
  return { timeUnixNano, name, attributes: finished(attributes), droppedAttributesCount }
}

function readLink(reader: Reader): SpanLink {
  reader.budget.charge(PART_BYTES)
  const outer = reader.open()
  let traceId = ''
  let spanId = ''
  let traceState = ''
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  let flags = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) traceId = readId(reader, 16)
    else if (tag === 0x12) spanId = readId(reader, 8)
    else if (tag === 0x1a) traceState = readText(reader)
    else if (tag === 0x22) attributes = readAttribute(reader, attributes)
    else if (tag === 0x28) droppedAttributesCount = reader.uint32()
    else if (tag === 0x35) flags = reader.fixed32()
    else skipUnknown(reader, tag, LINK)
  }
  reader.end = outer
  return { traceId, spanId, traceState, attributes: finished(attributes), droppedAttributesCount, flags }
}

interface Status {
  readonly code: number
  readonly message: string
}
const UNSET: Status = { code: 0, message: '' }

function readStatus(reader: Reader, before: Status): Status {
  const outer = reader.open()
  let { code, message } = before
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x12) message = readText(reader)
    else if (tag === 0x18) code = reader.int32()
    else skipUnknown(reader, tag, STATUS)
  }
  reader.end = outer
  return { code, message }
}
