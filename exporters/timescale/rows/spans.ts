import {
  type AttributeValue,
  hexOf,
  type Span,
  type SpanEvent,
  type SpanLink,
  type SpanProblem,
} from '../../../pipeline/model/index.ts'
import { boundedText, isBounded } from '../bounded-text.ts'
import { type DictionaryRow, dictionaryRow } from '../dictionary.ts'
import { canonicalJson, clean, type Dimensions, storableCount } from '../dimensions.ts'
import type { JsonWriter } from '../json.ts'
import { plainShape, sharedShape } from '../shapes/shared-shapes.ts'
import type { Leaf } from '../shapes/tree.ts'
import { type CopyTable, encodedTexts } from '../table.ts'
import { columnKeys, originOf, type Pen } from './pen.ts'

/** The order is the writer's: fields of fixed size first, in one block, then what is copied whole, then the rest. */
export const SPAN_TABLE: CopyTable = {
  name: 'spans',
  view: 'trace_spans',
  dictionary: 'span_shapes',
  columns: [
    ['timestamp', 'timestamptz'],
    ['start_nanos', 'smallint'],
    ['start_time_unix_nano', 'bigint'],
    ['end_time_unix_nano', 'bigint'],
    ['duration_ms', 'double precision'],
    ['dropped_attributes_count', 'integer'],
    ['dropped_events_count', 'integer'],
    ['dropped_links_count', 'integer'],
    ['fingerprint', 'bigint'],
    ['shape_id', 'bigint'],
    ['operation_name', 'text'],
    ['attributes', 'jsonb'],
    ['status', 'text'],
    ['trace_id', 'bytea'],
    ['span_id', 'bytea'],
    ['parent_span_id', 'bytea'],
    ['status_message', 'text'],
    ['trace_state', 'text'],
    ['request_id', 'text'],
    ['user_id', 'text'],
    ['deal_id', 'text'],
    ['events', 'jsonb'],
    ['links', 'jsonb'],
    ['other_problems', 'jsonb'],
  ],
}

/** Where an operation's name is kept whole when its column has only the beginning. */
export const FULL_OPERATION_NAME_KEY = 'sensorium.operation_name'

/** `receivedUnixNano` dates a span that has neither a start nor an end. */
export function writeSpan(pen: Pen, span: Span, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, json, promoted } = pen
  out.rowStart(SPAN_TABLE.columns.length)
  writeTimes(pen, span, receivedUnixNano)
  out.int32OrNull(storableCount(span.droppedAttributesCount))
  out.int32OrNull(storableCount(span.droppedEventsCount))
  out.int32OrNull(storableCount(span.droppedLinksCount))
  out.int64OrNull(span.fingerprint?.id)
  writeShared(pen, span, dimensions)
  out.fields(STATUSES[span.statusCode] ?? encodedTexts(String(span.statusCode)))
  out.hexOrNull(span.traceId, 'trace_id')
  out.hexOrNull(span.spanId, 'span_id')
  out.hexOrNull(span.parentSpanId, 'parent_span_id')
  out.textOrNull(span.statusMessage)
  out.textOrNull(span.traceState)
  out.textOrNull(promoted.boundedText('request_id'))
  out.textOrNull(promoted.boundedText('user_id'))
  out.textOrNull(promoted.boundedText('deal_id'))
  if (span.events.length === 0) out.null()
  else writeEvents(json, span.events)
  if (span.links.length === 0) out.null()
  else writeLinks(json, span.links)
  if (span.otherProblems === undefined) out.null()
  else writeOtherProblems(json, span.otherProblems)
}

/** Filled again for each span: no allocation. */
const head: AttributeValue[] = ['', 0]
export const SPAN_HEAD = [
  { key: 'name', mayBeOwn: true },
  { key: 'kind and flags', mayBeOwn: false },
] as const
const NAME_AT = 0
const KINDS_MAX = 8

/** shape_id, operation_name, attributes. */
function writeShared(pen: Pen, span: Span, dimensions: Dimensions): void {
  const { out, json, promoted, trees, use } = pen
  const name = boundedText(span.name)
  const attributes = attributesOf(span)
  head[0] = name
  head[1] = span.flags * KINDS_MAX + (span.kind % KINDS_MAX)
  const leaf = trees.spans.find(head, attributes, promoted)
  const shape = span.kind < KINDS_MAX ? sharedShape(leaf, dimensions, span, shapeOf) : undefined
  const row = shape ?? plainSpan(span, dimensions)
  use(row)
  out.int64(row.id)
  if (shape !== undefined && leaf.sharesHead[NAME_AT] === true) out.null()
  else out.text(name)
  if (shape === undefined) json.attributesFieldOrNull(attributes)
  else json.ownAttributesField(trees.spans.values, leaf)
  pen.leaf = leaf
}

/** Apart, as is `shapeOf`: a closure costs each span its context. */
function plainSpan(span: Span, dimensions: Dimensions): DictionaryRow {
  return plainShape(dimensions.space, `span ${span.kind} ${span.flags}`, () => shapeOf(undefined, span, dimensions))
}

function shapeOf(leaf: Leaf | undefined, span: Span, dimensions: Dimensions): DictionaryRow {
  return dictionaryRow('span_shapes', [
    ...originOf(dimensions),
    leaf?.sharesHead[NAME_AT] === true ? clean(boundedText(span.name)) : null,
    // A number that OTLP may come to define is kept as it is.
    KINDS[span.kind] ?? String(span.kind),
    span.flags,
    canonicalJson(leaf?.shared ?? new Map()),
    ...columnKeys(leaf, ['request_id', 'user_id', 'deal_id']),
  ])
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error'].map(status => encodedTexts(status))

const NANOS_PER_HIGH = 4_294_967_296
/** Up to 26 days, nanoseconds survive the way through milliseconds as a double. */
const EXACT_NANOS_MAX = 2 ** 51

/** timestamp, start_nanos, start, end, duration: start and end only where they do not follow from the others. */
function writeTimes({ out, seen }: Pen, span: Span, receivedUnixNano: bigint): void {
  const { startTimeUnixNano: start, endTimeUnixNano: end } = span
  const time = start || end || receivedUnixNano
  seen(time)
  out.int16(out.timestamp(time, 'the time'))
  // A span that has not ended, or not begun, took no time that we know of.
  const isTimed = start !== 0n && end !== 0n
  const nanos = isTimed ? between(start, end) : 0
  if (isTimed) out.null()
  else out.uint64(start, 'start_time_unix_nano')
  if (isTimed && Math.abs(nanos) < EXACT_NANOS_MAX) out.null()
  else out.uint64(end, 'end_time_unix_nano')
  out.float64(nanos / 1e6)
}

const scratch = new DataView(new ArrayBuffer(16))

/** In two halves: a subtraction of bigints costs several times as much. Exact up to 2^53. */
function between(start: bigint, end: bigint): number {
  scratch.setBigUint64(0, start)
  scratch.setBigUint64(8, end)
  const high = scratch.getUint32(8) - scratch.getUint32(0)
  const low = scratch.getUint32(12) - scratch.getUint32(4)
  return high * NANOS_PER_HIGH + low
}

function attributesOf(span: Span): Span['attributes'] {
  return isBounded(span.name) ? span.attributes : new Map(span.attributes).set(FULL_OPERATION_NAME_KEY, span.name)
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

/** `{"<fingerprint>": <which of the events>}`. */
function writeOtherProblems(json: JsonWriter, problems: readonly SpanProblem[]): void {
  const start = json.openField()
  problems.forEach(({ fingerprint, event }, i) => {
    json.literal(`${i === 0 ? '{' : ','}"${hexOf(fingerprint.id)}":${event}`)
  })
  json.literal('}')
  json.closeField(start)
}
