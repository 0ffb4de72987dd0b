import { type AnyValue, type KeyValue, keyValues } from './any-value.ts'
import { exceptionOf } from './exception.ts'
import { type Json, type JsonObject, parseLine } from './parse-line.ts'

/** OTLP's LogRecord in its JSON. */
export interface LogRecord {
  timeUnixNano: string
  observedTimeUnixNano: string
  severityNumber: number
  severityText: string
  body?: AnyValue
  attributes: KeyValue[]
  traceId?: string
  spanId?: string
  flags?: number
}

const LEVEL_NAMES: ReadonlyMap<number, string> = new Map([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
])
const INFO = 30
const SEVERITY_MAX = 24

/** pino's 10, 20, … 60 are OpenTelemetry's 1, 5, … 21; levels in between fall in between. */
export function severityOf(level: number): number {
  const severity = 1 + Math.floor(((level - 10) * 4) / 10)
  return Math.min(Math.max(severity, 1), SEVERITY_MAX)
}

/** What the resource says already, as the line has it. */
export interface Base {
  readonly [key: string]: string | number
}

/**
 * A line of pino as a log record, with the name of the logger as its scope. Undefined for what is no line of pino.
 * `base` are the fields that each line has and the resource has, too: they are no attributes.
 */
export function logRecordOf(
  text: string,
  base: Base,
  observedEpochMs: number,
): { scope: string; record: LogRecord } | undefined {
  const line = parseLine(text)
  if (line === undefined) return undefined
  const { level, time, msg, name, trace_id, span_id, trace_flags, ...rest } = line
  const pinoLevel = typeof level === 'number' ? level : INFO
  const record: LogRecord = {
    timeUnixNano: nanosOf(time, observedEpochMs),
    observedTimeUnixNano: `${observedEpochMs}000000`,
    severityNumber: severityOf(pinoLevel),
    severityText: LEVEL_NAMES.get(pinoLevel) ?? String(pinoLevel),
    attributes: [],
  }
  const attributes: JsonObject = {}
  for (const [key, value] of Object.entries(rest)) {
    if (base[key] !== value) attributes[key] = value
  }
  const exception = exceptionOf(attributes)
  if (exception !== undefined) {
    delete attributes[exception.key]
    Object.assign(attributes, exception.attributes)
  }
  addTrace(record, attributes, { trace_id, span_id, trace_flags })
  if (name !== undefined && typeof name !== 'string') attributes.name = name
  if (typeof msg === 'string') record.body = { stringValue: msg }
  else if (msg !== undefined) attributes.msg = msg
  else if (exception !== undefined) record.body = { stringValue: String(exception.attributes['exception.message']) }
  record.attributes = keyValues(attributes)
  return { scope: typeof name === 'string' ? name : '', record }
}

function nanosOf(time: Json | undefined, otherwiseEpochMs: number): string {
  return `${typeof time === 'number' && time > 0 ? Math.trunc(time) : otherwiseEpochMs}000000`
}

type TraceFields = Readonly<Record<'trace_id' | 'span_id' | 'trace_flags', Json | undefined>>

/** Ids in another form than OpenTelemetry's are somebody else's: they stay attributes. */
function addTrace(record: LogRecord, attributes: JsonObject, fields: TraceFields): void {
  const { trace_id, span_id, trace_flags } = fields
  if (isId(trace_id, 32)) record.traceId = trace_id
  else if (trace_id !== undefined) attributes.trace_id = trace_id
  if (isId(span_id, 16)) record.spanId = span_id
  else if (span_id !== undefined) attributes.span_id = span_id
  const flags = typeof trace_flags === 'string' ? Number.parseInt(trace_flags, 16) : Number.NaN
  if (flags >= 0 && flags <= 255) record.flags = flags
  else if (trace_flags !== undefined) attributes.trace_flags = trace_flags
}

function isId(value: Json | undefined, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[\da-f]+$/.test(value) && /[^0]/.test(value)
}
