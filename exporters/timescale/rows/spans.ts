import type { Span, SpanEvent, SpanLink } from '../../../pipeline/model/index.ts'
import { boundedText, isBounded } from '../bounded-text.ts'
import type { CopyBuffer } from '../copy-buffer.ts'
import { type Dimensions, SHARED_COLUMNS, storableCount } from '../dimensions.ts'
import type { JsonWriter } from '../json.ts'
import { type CopyTable, encodedTexts } from '../table.ts'
import type { Pen } from './pen.ts'

/** The order is the writer's: fields of fixed size first, in one block, then what is copied whole, then the rest. */
export const SPAN_TABLE: CopyTable = {
  name: 'trace_spans',
  columns: [
    ['timestamp', 'timestamptz'],
    ['start_time_unix_nano', 'bigint'],
    ['end_time_unix_nano', 'bigint'],
    ['duration_ms', 'double precision'],
    ['flags', 'bigint'],
    ['dropped_attributes_count', 'integer'],
    ['dropped_events_count', 'integer'],
    ['dropped_links_count', 'integer'],
    ['fingerprint', 'bigint'],
    ...SHARED_COLUMNS,
    ['kind', 'text'],
    ['status', 'text'],
    ['trace_id', 'text'],
    ['span_id', 'text'],
    ['parent_span_id', 'text'],
    ['operation_name', 'text'],
    ['status_message', 'text'],
    ['trace_state', 'text'],
    ['attributes', 'jsonb'],
    ['request_id', 'text'],
    ['events', 'jsonb'],
    ['links', 'jsonb'],
  ],
}

/** Where an operation's name is kept whole when its column has only the beginning. */
export const FULL_OPERATION_NAME_KEY = 'sensorium.operation_name'

/** `receivedUnixNano` dates a span that has neither a start nor an end. */
export function writeSpan(pen: Pen, span: Span, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, json, promoted } = pen
  promoted.reset()
  out.rowStart(SPAN_TABLE.columns.length)
  writeTimes(out, span, receivedUnixNano)
  out.uint32(span.flags)
  out.int32(storableCount(span.droppedAttributesCount))
  out.int32(storableCount(span.droppedEventsCount))
  out.int32(storableCount(span.droppedLinksCount))
  out.int64OrNull(span.fingerprint?.id)
  out.fields(dimensions.shared)
  out.fields(kindAndStatus(span.kind, span.statusCode))
  out.text(boundedText(span.traceId))
  out.text(boundedText(span.spanId))
  out.textOrNull(boundedText(span.parentSpanId))
  out.text(boundedText(span.name))
  out.textOrNull(span.statusMessage)
  out.textOrNull(span.traceState)
  json.attributesField(attributesOf(span), promoted)
  out.textOrNull(promoted.boundedText('request_id'))
  if (span.events.length === 0) out.null()
  else writeEvents(json, span.events)
  if (span.links.length === 0) out.null()
  else writeLinks(json, span.links)
}

const NANOS_PER_HIGH = 4_294_967_296

/** timestamp, start, end, duration: in place, because the nanoseconds are needed as numbers and written anyway. */
function writeTimes(out: CopyBuffer, span: Span, receivedUnixNano: bigint): void {
  const { startTimeUnixNano: start, endTimeUnixNano: end } = span
  out.timestamp(start || end || receivedUnixNano, 'the time')
  out.uint64(start, 'start_time_unix_nano')
  out.uint64(end, 'end_time_unix_nano')
  const { view, at } = out
  const high = view.getUint32(at - 8) - view.getUint32(at - 20)
  const low = view.getUint32(at - 4) - view.getUint32(at - 16)
  // A span that has not ended, or not begun, took no time that we know of.
  const isTimed = start !== 0n && end !== 0n
  out.float64(isTimed ? (high * NANOS_PER_HIGH + low) / 1e6 : 0)
}

function attributesOf(span: Span): Span['attributes'] {
  return isBounded(span.name) ? span.attributes : new Map(span.attributes).set(FULL_OPERATION_NAME_KEY, span.name)
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error']
const KINDS_AND_STATUSES = KINDS.map(kind => STATUSES.map(status => encodedTexts(kind, status)))

/** A number that OTLP may come to define is kept as it is. */
function kindAndStatus(kind: number, status: number): Uint8Array {
  return (
    KINDS_AND_STATUSES[kind]?.[status] ?? encodedTexts(KINDS[kind] ?? String(kind), STATUSES[status] ?? String(status))
  )
}

function writeEvents(json: JsonWriter, events: readonly SpanEvent[]): void {
  const start = json.openField()
  events.forEach((event, i) => {
    json.literal(i === 0 ? '[{"time_unix_nano":' : ',{"time_unix_nano":')
    json.integer(event.timeUnixNano)
    json.literal(',"name":')
    json.string(event.name)
    json.literal(',"attributes":')
    json.attributes(event.attributes)
    json.literal(`,"dropped_attributes_count":${event.droppedAttributesCount}}`)
  })
  json.literal(']')
  json.closeField(start)
}

function writeLinks(json: JsonWriter, links: readonly SpanLink[]): void {
  const start = json.openField()
  links.forEach((link, i) => {
    json.literal(i === 0 ? '[{"trace_id":' : ',{"trace_id":')
    json.string(link.traceId)
    json.literal(',"span_id":')
    json.string(link.spanId)
    json.literal(',"trace_state":')
    json.string(link.traceState)
    json.literal(',"attributes":')
    json.attributes(link.attributes)
    json.literal(`,"dropped_attributes_count":${link.droppedAttributesCount},"flags":${link.flags}}`)
  })
  json.literal(']')
  json.closeField(start)
}
