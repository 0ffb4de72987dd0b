import { SensoriumError } from '../pipeline/errors.ts'
import { type Read, timeOf } from './reading.ts'

/** A longer trace is shown by its beginning. */
const MAX_SPANS = 20_000
/** Rows at a time: what one statement of a reader may send. */
const PAGE_SPANS = 5_000
const MAX_LOGS = 5_000
const MIN_PREFIX = 6
const MAX_CANDIDATES = 5

export interface StoredTrace {
  readonly trace_id: string
  readonly started: Date
  readonly spans: readonly StoredSpan[]
  readonly logs: readonly StoredLog[]
}

export interface StoredSpan {
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly service: string
  readonly operation_name: string
  readonly kind: string
  readonly status: string
  readonly status_message: string | null
  /** The first exception's type. */
  readonly exception: string | null
  readonly fingerprint: string | null
  readonly timestamp: Date
  /** Milliseconds from the trace's first span, exact to the nanosecond that was sent. */
  readonly start_ms: number
  readonly duration_ms: number
}

export interface StoredLog {
  readonly span_id: string | null
  readonly timestamp: Date
  readonly at_ms: number
  readonly level: string
  readonly service: string
  readonly message: string
  readonly fingerprint: string | null
}

/**
 * A trace by its id, or by the first six digits or more of one that has been seen since `since`, or by the id of a
 * request.
 *
 * @throws SensoriumError USAGE where none or more than one is meant
 */
export async function readTrace(
  read: Read,
  text: string,
  since: Date,
  visible: readonly string[] | null = null,
): Promise<StoredTrace> {
  const traceId = await findTrace(read, text, since, visible)
  const spans: StoredSpan[] = []
  let begin: bigint | undefined
  for (let page = PAGE_SPANS; page === PAGE_SPANS && spans.length < MAX_SPANS; ) {
    const rows = await read(
      `SELECT span_id, parent_span_id, service, operation_name, kind, status, left(status_message, 500) AS status_message, timestamp,
         duration_ms, start_time_unix_nano::text AS start_nano, fingerprint_hex,
         (SELECT e->'attributes'->>'exception.type' FROM jsonb_array_elements(events) e WHERE e->>'name' = 'exception' LIMIT 1) AS exception
       FROM trace_spans WHERE trace_id = $1 AND is_among(service, $2::text[])
       ORDER BY start_time_unix_nano, span_id OFFSET ${spans.length} LIMIT ${PAGE_SPANS}`,
      [traceId, visible],
    )
    begin ??= BigInt(String(rows[0]?.start_nano ?? 0))
    const from = begin
    spans.push(...rows.map(row => spanOf(row, from)))
    page = rows.length
  }
  const logs = await read(
    `SELECT span_id, timestamp, level, service, left(message, 2000) AS message, fingerprint_hex FROM application_logs
     WHERE trace_id = $1 AND is_among(service, $2::text[]) ORDER BY time_unix_nano LIMIT ${MAX_LOGS}`,
    [traceId, visible],
  )
  const started = spans[0]?.timestamp ?? (logs[0] && new Date(timeOf(logs[0].timestamp)))
  if (started === undefined) throw new SensoriumError('USAGE', `nothing is stored of the trace ${traceId}`)
  return { trace_id: traceId, started, spans, logs: logs.map(row => logOf(row, started)) }
}

type Row = Readonly<Record<string, unknown>>

function spanOf(row: Row, begin: bigint): StoredSpan {
  return {
    span_id: String(row.span_id),
    parent_span_id: textOrNull(row.parent_span_id),
    service: String(row.service),
    operation_name: String(row.operation_name),
    kind: String(row.kind),
    status: String(row.status),
    status_message: textOrNull(row.status_message),
    exception: textOrNull(row.exception),
    fingerprint: textOrNull(row.fingerprint_hex),
    timestamp: new Date(timeOf(row.timestamp)),
    start_ms: Number(BigInt(String(row.start_nano)) - begin) / 1e6,
    duration_ms: Number(row.duration_ms),
  }
}

function logOf(row: Row, started: Date): StoredLog {
  const timestamp = new Date(timeOf(row.timestamp))
  return {
    span_id: textOrNull(row.span_id),
    timestamp,
    at_ms: +timestamp - +started,
    level: String(row.level),
    service: String(row.service),
    message: String(row.message),
    fingerprint: textOrNull(row.fingerprint_hex),
  }
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

async function findTrace(read: Read, text: string, since: Date, visible: readonly string[] | null): Promise<string> {
  const prefix = text.toLowerCase()
  if (/^[0-9a-f]{32}$/.test(prefix)) return prefix
  const byRequest = await read(
    `SELECT DISTINCT trace_id FROM trace_spans WHERE request_id = $1 AND timestamp >= $2 AND is_among(service, $3::text[]) LIMIT ${MAX_CANDIDATES + 1}`,
    [text, since, visible],
  )
  const isPrefix = /^[0-9a-f]+$/.test(prefix) && prefix.length >= MIN_PREFIX && prefix.length < 32
  const rows =
    byRequest.length > 0 || !isPrefix
      ? byRequest
      : await read(
          `SELECT DISTINCT trace_id FROM trace_spans WHERE starts_with(trace_id, $1) AND timestamp >= $2 AND is_among(service, $3::text[])
           ORDER BY 1 LIMIT ${MAX_CANDIDATES + 1}`,
          [prefix, since, visible],
        )
  if (rows.length === 1) return String(rows[0]!.trace_id)
  if (rows.length > 1) {
    const some = rows.slice(0, MAX_CANDIDATES).map(row => row.trace_id)
    throw new SensoriumError('USAGE', `${text} could be ${some.join(', ')}; write more of it`)
  }
  const why = isPrefix || byRequest.length === 0 ? `since ${since.toISOString()}; --since looks further back` : ''
  throw new SensoriumError(
    'USAGE',
    `no trace or request is ${JSON.stringify(text)} ${why} (a trace id is 32 hex digits, or the first ${MIN_PREFIX} or more)`,
  )
}

/** A span as it was sent, with what sent it; undefined where there is none that may be seen. */
export async function readSpan(
  read: Read,
  traceId: string,
  spanId: string,
  visible: readonly string[] | null,
): Promise<Row | undefined> {
  const [row] = await read(
    `SELECT r.span_id, r.parent_span_id, r.timestamp, r.duration_ms, r.service, r.environment, r.service_version AS release, r.operation_name,
       r.kind, r.status, left(r.status_message, 100000) AS status_message, r.attributes, r.events, r.links, r.trace_state, r.fingerprint_hex AS fingerprint,
       s.attributes AS resource
     FROM trace_spans r LEFT JOIN telemetry_resources s USING (resource_id)
     WHERE r.trace_id = $1 AND r.span_id = $2 AND is_among(r.service, $3::text[]) LIMIT 1`,
    [traceId, spanId, visible],
  )
  return row
}
