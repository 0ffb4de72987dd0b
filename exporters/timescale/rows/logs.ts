import type { LogRecord } from '../../../pipeline/model/index.ts'
import { boundedText } from '../bounded-text.ts'
import { type Dimensions, LOG_SHARED_COLUMNS, SHARED_COLUMNS, storableCount } from '../dimensions.ts'
import { type CopyTable, encodedTexts } from '../table.ts'
import type { Pen } from './pen.ts'

export const LOG_TABLE: CopyTable = {
  name: 'application_logs',
  columns: [
    ['timestamp', 'timestamptz'],
    ['time_unix_nano', 'bigint'],
    ['observed_timestamp', 'timestamptz'],
    ['severity_number', 'smallint'],
    ['flags', 'bigint'],
    ['dropped_attributes_count', 'integer'],
    ['fingerprint', 'bigint'],
    ...SHARED_COLUMNS,
    ...LOG_SHARED_COLUMNS,
    ['level', 'text'],
    ['severity_text', 'text'],
    ['event_name', 'text'],
    ['trace_id', 'text'],
    ['span_id', 'text'],
    ['body', 'jsonb'],
    ['message', 'text'],
    ['context', 'jsonb'],
    ['request_id', 'text'],
    ['user_id', 'text'],
    ['error_type', 'text'],
    ['error_message', 'text'],
    ['error_stack', 'text'],
  ],
}

/** `receivedUnixNano` dates a record that has neither a time nor an observed time. */
export function writeLog(pen: Pen, log: LogRecord, dimensions: Dimensions, receivedUnixNano: bigint): void {
  const { out, json, promoted } = pen
  const time = log.timeUnixNano || log.observedTimeUnixNano || receivedUnixNano
  promoted.reset()
  out.rowStart(LOG_TABLE.columns.length)
  out.timestamp(time, 'the time')
  out.uint64(time, 'the time')
  if (log.observedTimeUnixNano === 0n) out.null()
  else out.timestamp(log.observedTimeUnixNano, 'observed_time_unix_nano')
  out.int16(storableSeverity(log.severityNumber))
  out.uint32(log.flags)
  out.int32(storableCount(log.droppedAttributesCount))
  out.int64OrNull(log.fingerprint?.id)
  out.fields(dimensions.shared)
  out.fields(dimensions.logShared)
  out.fields(ENCODED_LEVELS[levelOf(log)])
  out.textOrNull(log.severityText)
  out.textOrNull(log.eventName)
  out.textOrNull(boundedText(log.traceId))
  out.textOrNull(boundedText(log.spanId))
  writeBodyAndMessage(pen, log)
  json.attributesField(log.attributes, promoted)
  out.textOrNull(promoted.boundedText('request_id'))
  out.textOrNull(promoted.boundedText('user_id'))
  out.textOrNull(promoted.text('error_type'))
  out.textOrNull(promoted.text('error_message'))
  out.textOrNull(promoted.text('error_stack'))
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

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
type Level = (typeof LEVELS)[number]
const ENCODED_LEVELS = Object.fromEntries(LEVELS.map(level => [level, encodedTexts(level)])) as Record<Level, Buffer>

/** Four severity numbers make a level (logs data model, "Severity Fields"). */
export function levelOf({ severityNumber, severityText }: LogRecord): Level {
  const level = severityNumber > 0 ? LEVELS[(severityNumber - 1) >> 2] : undefined
  return level ?? (severityText === '' ? 'info' : levelOfText(severityText))
}

/** Names of syslog, log4j, Python, Go, .NET and PostgreSQL; `ERROR2` and `warning:` count as well. */
const LEVEL_PATTERNS: readonly (readonly [RegExp, Level])[] = [
  [/^(fatal|crit|emerg|alert|panic|severe)/i, 'fatal'],
  [/^err/i, 'error'],
  [/^warn/i, 'warn'],
  [/^(info|notice|log$)/i, 'info'],
  [/^(debug|fine$|config$)/i, 'debug'],
  [/^(trace|verbose|finer|finest|silly)/i, 'trace'],
]

function levelOfText(text: string): Level {
  const trimmed = text.slice(0, 64).trimStart()
  return LEVEL_PATTERNS.find(([pattern]) => pattern.test(trimmed))?.[1] ?? 'info'
}
