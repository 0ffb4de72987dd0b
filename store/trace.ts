import type pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'

/** A longer trace is shown by its beginning. */
const MAX_SPANS = 20_000
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
}

/**
 * A trace by its id, or by the first six digits or more of one that has been seen since `since`, or by the id of a
 * request.
 *
 * @throws SensoriumError USAGE where none or more than one is meant
 */
export async function readTrace(client: pg.ClientBase, text: string, since: Date): Promise<StoredTrace> {
  const traceId = await findTrace(client, text, since)
  const spans = await client.query<StoredSpan & { start_nano: string }>(
    `SELECT span_id, parent_span_id, service, operation_name, kind, status, status_message, timestamp, duration_ms,
       ((start_time_unix_nano - min(start_time_unix_nano) OVER ()) / 1e6)::float8 AS start_ms
     FROM trace_spans WHERE trace_id = $1 ORDER BY start_time_unix_nano, span_id LIMIT ${MAX_SPANS}`,
    [traceId],
  )
  const logs = await client.query<StoredLog & { at: string }>(
    `SELECT span_id, timestamp, level, service, message FROM application_logs WHERE trace_id = $1
     ORDER BY time_unix_nano LIMIT ${MAX_LOGS}`,
    [traceId],
  )
  const started = spans.rows[0]?.timestamp ?? logs.rows[0]?.timestamp
  if (started === undefined) throw new SensoriumError('USAGE', `nothing is stored of the trace ${traceId}`)
  return {
    trace_id: traceId,
    started,
    spans: spans.rows,
    logs: logs.rows.map(log => ({ ...log, at_ms: log.timestamp.getTime() - started.getTime() })),
  }
}

async function findTrace(client: pg.ClientBase, text: string, since: Date): Promise<string> {
  const prefix = text.toLowerCase()
  if (/^[0-9a-f]{32}$/.test(prefix)) return prefix
  const byRequest = await client.query<{ trace_id: string }>(
    `SELECT DISTINCT trace_id FROM trace_spans WHERE request_id = $1 AND timestamp >= $2 LIMIT ${MAX_CANDIDATES + 1}`,
    [text, since],
  )
  const isPrefix = /^[0-9a-f]+$/.test(prefix) && prefix.length >= MIN_PREFIX && prefix.length < 32
  const { rows } =
    byRequest.rows.length > 0 || !isPrefix
      ? byRequest
      : await client.query<{ trace_id: string }>(
          `SELECT DISTINCT trace_id FROM trace_spans WHERE starts_with(trace_id, $1) AND timestamp >= $2
           ORDER BY 1 LIMIT ${MAX_CANDIDATES + 1}`,
          [prefix, since],
        )
  if (rows.length === 1) return rows[0]!.trace_id
  if (rows.length > 1) {
    const some = rows.slice(0, MAX_CANDIDATES).map(row => row.trace_id)
    throw new SensoriumError('USAGE', `${text} could be ${some.join(', ')}; write more of it`)
  }
  const why = isPrefix || byRequest.rows.length === 0 ? `since ${since.toISOString()}; --since looks further back` : ''
  throw new SensoriumError(
    'USAGE',
    `no trace or request is ${JSON.stringify(text)} ${why} (a trace id is 32 hex digits, or the first ${MIN_PREFIX} or more)`,
  )
}
