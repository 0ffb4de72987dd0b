import type { Span, SpanEvent, SpanLink } from '../../../../pipeline/model/index.ts'
import { type Budget, PART_BYTES } from '../budget.ts'
import { NO_SPAN_ID, NO_TRACE_ID } from '../faults.ts'
import type { Origin } from '../record.ts'
import { field, list, object, optionalObject } from './objects.ts'
import { enumeration, id, text, time, uint32 } from './scalars.ts'
import { readAttributes } from './values.ts'

const SPAN_KINDS = new Map([
  ['SPAN_KIND_UNSPECIFIED', 0],
  ['SPAN_KIND_INTERNAL', 1],
  ['SPAN_KIND_SERVER', 2],
  ['SPAN_KIND_CLIENT', 3],
  ['SPAN_KIND_PRODUCER', 4],
  ['SPAN_KIND_CONSUMER', 5],
])
const STATUS_CODES = new Map([
  ['STATUS_CODE_UNSET', 0],
  ['STATUS_CODE_OK', 1],
  ['STATUS_CODE_ERROR', 2],
])

/** A trace.v1.Span. @throws RecordFault, also for a span without valid ids */
export function readSpan(value: unknown, from: Origin, budget: Budget): Span {
  const message = object(value)
  const traceId = id(field(message, 'traceId', 'trace_id'), 16)
  const spanId = id(field(message, 'spanId', 'span_id'), 8)
  if (traceId === '') throw NO_TRACE_ID
  if (spanId === '') throw NO_SPAN_ID
  const status = optionalObject(field(message, 'status')) ?? {}
  return {
    resource: from.resource,
    scope: from.scope,
    traceId,
    spanId,
    parentSpanId: id(field(message, 'parentSpanId', 'parent_span_id'), 8),
    traceState: text(field(message, 'traceState', 'trace_state')),
    flags: uint32(field(message, 'flags')),
    name: text(field(message, 'name')),
    kind: enumeration(field(message, 'kind'), SPAN_KINDS),
    startTimeUnixNano: time(field(message, 'startTimeUnixNano', 'start_time_unix_nano')),
    endTimeUnixNano: time(field(message, 'endTimeUnixNano', 'end_time_unix_nano')),
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
    events: list(field(message, 'events')).map(entry => readEvent(entry, budget)),
    droppedEventsCount: uint32(field(message, 'droppedEventsCount', 'dropped_events_count')),
    links: list(field(message, 'links')).map(entry => readLink(entry, budget)),
    droppedLinksCount: uint32(field(message, 'droppedLinksCount', 'dropped_links_count')),
    statusCode: enumeration(field(status, 'code'), STATUS_CODES),
    statusMessage: text(field(status, 'message')),
  }
}

function readEvent(value: unknown, budget: Budget): SpanEvent {
  budget.charge(PART_BYTES)
  const message = object(value)
  return {
    timeUnixNano: time(field(message, 'timeUnixNano', 'time_unix_nano')),
    name: text(field(message, 'name')),
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
  }
}

function readLink(value: unknown, budget: Budget): SpanLink {
  budget.charge(PART_BYTES)
  const message = object(value)
  return {
    traceId: id(field(message, 'traceId', 'trace_id'), 16),
    spanId: id(field(message, 'spanId', 'span_id'), 8),
    traceState: text(field(message, 'traceState', 'trace_state')),
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
    flags: uint32(field(message, 'flags')),
  }
}
