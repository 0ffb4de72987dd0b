import type { AttributeValue, LogRecord } from '../../../pipeline/model/index.ts'
import { LEVELS, type Level, levelOf } from '../../../pipeline/model/level.ts'
import { boundedText } from '../bounded-text.ts'
import { type DictionaryRow, dictionaryRow } from '../dictionary.ts'
import { canonicalJson, clean, type Dimensions, storableCount } from '../dimensions.ts'
import { plainShape, sharedShape } from '../shapes/shared-shapes.ts'
import type { Leaf } from '../shapes/tree.ts'
import { type CopyTable, encodedTexts } from '../table.ts'
import { columnKeys, originOf, type Pen } from './pen.ts'

export const LOG_TABLE: CopyTable = {
  name: 'logs',
  view: 'application_logs',
  dictionary: 'log_shapes',
  columns: [
    ['timestamp', 'timestamptz'],
    ['nanos', 'smallint'],
    ['observed_timestamp', 'timestamptz'],
    ['dropped_attributes_count', 'integer'],
    ['fingerprint', 'bigint'],
    ['shape_id', 'bigint'],
    ['context', 'jsonb'],
    ['level', 'text'],
    ['trace_id', 'bytea'],
    ['span_id', 'bytea'],
    ['body', 'jsonb'],
    ['message', 'text'],
    ['request_id', 'text'],
    ['user_id', 'text'],
    ['deal_id', 'text'],
    ['error_type', 'text'],
    ['error_message', 'text'],
    ['error_stack', 'text'],
  ],
}

/** `receivedUnixNano` dates a record that has neither a time nor an observed time. */
export function writeLog(pen: Pen, log: LogRecord, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, promoted } = pen
  const time = log.timeUnixNano || log.observedTimeUnixNano || receivedUnixNano
  pen.seen(time)
  out.rowStart(LOG_TABLE.columns.length)
  out.int16(out.timestamp(time, 'the time'))
  const atOnce = log.observedTimeUnixNano === time
  if (atOnce || log.observedTimeUnixNano === 0n) out.null()
  else out.timestamp(log.observedTimeUnixNano, 'observed_time_unix_nano')
  out.int32OrNull(storableCount(log.droppedAttributesCount))
  out.int64OrNull(log.fingerprint?.id)
  writeShared(pen, log, dimensions, atOnce)
  out.fields(ENCODED_LEVELS[levelOf(log)])
  out.hexOrNull(log.traceId, 'trace_id')
  out.hexOrNull(log.spanId, 'span_id')
  writeBodyAndMessage(pen, log)
  out.textOrNull(promoted.boundedText('request_id'))
  out.textOrNull(promoted.boundedText('user_id'))
  out.textOrNull(promoted.boundedText('deal_id'))
  out.textOrNull(promoted.text('error_type'))
  out.textOrNull(promoted.text('error_message'))
  out.textOrNull(promoted.text('error_stack'))
}

/** Filled again for each record: no allocation. */
const head: AttributeValue[] = [0, '', '']
export const LOG_HEAD = [
  { key: 'severity, flags, observed', mayBeOwn: false },
  { key: 'severity text', mayBeOwn: false },
  { key: 'event name', mayBeOwn: false },
] as const
const SEVERITIES = 65_536

/** Of the record that the head was filled for. */
function isObservedAtOnce(): boolean {
  return Number(head[0]) % 2 === 1
}

/** shape_id, context. */
function writeShared(pen: Pen, log: LogRecord, dimensions: Dimensions, atOnce: boolean): void {
  const { out, json, promoted, trees, use } = pen
  const severity = storableSeverity(log.severityNumber)
  head[0] = (log.flags * SEVERITIES + severity + SMALLINT_MAX) * 2 + (atOnce ? 1 : 0)
  head[1] = log.severityText
  head[2] = log.eventName
  const leaf = trees.logs.find(head, log.attributes, promoted)
  const shape = sharedShape(leaf, dimensions, log, shapeOf)
  const row = shape ?? plainLog(log, dimensions)
  use(row)
  out.int64(row.id)
  if (shape === undefined) json.attributesFieldOrNull(log.attributes)
  else json.ownAttributesField(trees.logs.values, leaf)
  pen.leaf = leaf
}

/** Of a record whose head the module has at hand. Apart, as is `shapeOf`: a closure costs each record its context. */
function plainLog(log: LogRecord, dimensions: Dimensions): DictionaryRow {
  return plainShape(dimensions.space, head.join(' '), () => shapeOf(undefined, log, dimensions))
}

function shapeOf(leaf: Leaf | undefined, log: LogRecord, dimensions: Dimensions): DictionaryRow {
  return dictionaryRow('log_shapes', [
    ...originOf(dimensions),
    dimensions.hostname === undefined ? null : clean(dimensions.hostname),
    clean(dimensions.in.name) || null,
    storableSeverity(log.severityNumber),
    clean(log.severityText) || null,
    clean(boundedText(log.eventName)) || null,
    log.flags,
    isObservedAtOnce(),
    canonicalJson(leaf?.shared ?? new Map()),
    ...columnKeys(leaf, ['request_id', 'user_id', 'deal_id', 'error_type', 'error_message', 'error_stack']),
  ])
}

/** A text is the message; a structured body is kept as jsonb, and its JSON is the message too. */
function writeBodyAndMessage({ out, json }: Pen, { body, eventName }: LogRecord): void {
  if (body === null || typeof body === 'string') {
    out.null()
    out.text(body || eventName)
    return
  }
  const start = json.openField()
  json.value(body)
  json.closeField(start)
  out.repeatAsText(out.written - start)
}

const SMALLINT_MAX = 32_767

/** OTLP defines 0 to 24. Anything else is noise in 32 bits; what the column holds of it is kept. */
function storableSeverity(severity: number): number {
  return Math.max(-SMALLINT_MAX, Math.min(severity, SMALLINT_MAX))
}

const ENCODED_LEVELS = Object.fromEntries(LEVELS.map(level => [level, encodedTexts(level)])) as Record<Level, Buffer>
