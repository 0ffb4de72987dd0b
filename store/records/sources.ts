import type { RecordKind } from '../../analysis/record-query/fields.ts'

/** Where records of a kind are, and what each column of an answer is there. `NULL` where there is no such thing. */
export interface Source {
  readonly kind: RecordKind
  readonly table: string
  readonly time: string
  /** With the time, what tells the record from all others. */
  readonly ref: string
  readonly service: string
  readonly environment: string
  readonly level: string
  readonly name: string
  readonly message: string
  /** What words are looked for in. */
  readonly text: string
  readonly attributes: string
  readonly traceId: string
  readonly spanId: string
  readonly requestId: string
  readonly userId: string
  readonly dealId: string
  readonly nodeId: string
  readonly release: string
  readonly errorType: string
  readonly durationMs: string
  readonly status: string
  /** The filters that lead to the times of its records (`log_blocks`, `span_blocks`). */
  readonly blocks?: 'logs' | 'spans'
  /** The table of its rows, that of what they share, and what an index of failures by time and shape is of. */
  readonly rows?: { readonly table: string; readonly shapes: string; readonly failed: string }
}

const NONE = 'NULL'

export const SOURCES: Readonly<Record<RecordKind, Source>> = {
  log: {
    kind: 'log',
    table: 'application_logs',
    time: 'r.timestamp',
    ref: 'r.log_id::text',
    service: 'r.service',
    environment: 'r.environment',
    level: 'r.level',
    name: 'r.event_name',
    message: 'whole_message(r.message, r.error_message)',
    text: 'r.message',
    attributes: 'r.context',
    traceId: 'r.trace_id',
    spanId: 'r.span_id',
    requestId: 'r.request_id',
    userId: 'r.user_id',
    dealId: 'r.deal_id',
    nodeId: NONE,
    release: 'r.service_version',
    errorType: 'r.error_type',
    durationMs: NONE,
    status: NONE,
    blocks: 'logs',
    rows: { table: 'logs', shapes: 'log_shapes', failed: `level IN ('error', 'fatal')` },
  },
  span: {
    kind: 'span',
    table: 'trace_spans',
    time: 'r.timestamp',
    ref: 'r.span_id',
    service: 'r.service',
    environment: 'r.environment',
    level: `CASE r.status WHEN 'error' THEN 'error' ELSE 'info' END`,
    name: 'r.operation_name',
    message: `coalesce(nullif(r.status_message, ''), r.operation_name)`,
    text: `(r.operation_name || ' ' || coalesce(r.status_message, ''))`,
    attributes: 'r.attributes',
    traceId: 'r.trace_id',
    spanId: 'r.span_id',
    requestId: 'r.request_id',
    userId: 'r.user_id',
    dealId: 'r.deal_id',
    nodeId: NONE,
    release: 'r.service_version',
    errorType: `(SELECT e->'attributes'->>'exception.type' FROM jsonb_array_elements(r.events) e WHERE e->>'name' = 'exception' LIMIT 1)`,
    durationMs: 'r.duration_ms',
    status: 'r.status',
    blocks: 'spans',
    rows: { table: 'spans', shapes: 'span_shapes', failed: `status = 'error'` },
  },
  event: {
    kind: 'event',
    table: 'buddy_observer_events',
    time: 'r.created_at',
    ref: 'r.id::text',
    service: 'r.product',
    environment: 'r.env',
    level: `CASE r.severity WHEN 'warning' THEN 'warn' WHEN 'critical' THEN 'fatal' ELSE r.severity END`,
    name: 'r.type',
    message: 'r.message',
    text: 'r.message',
    attributes: 'r.attributes',
    traceId: 'r.trace_id',
    spanId: NONE,
    requestId: 'r.request_id',
    userId: 'r.user_id',
    dealId: 'r.deal_id',
    nodeId: NONE,
    release: 'r.release',
    errorType: 'r.error_type',
    durationMs: NONE,
    status: NONE,
  },
  node: {
    kind: 'node',
    table: 'node_telemetry',
    time: 'r.created_at',
    ref: 'r.id::text',
    service: 'r.service',
    environment: 'r.environment',
    level: `CASE r.severity WHEN 'warning' THEN 'warn' WHEN 'critical' THEN 'fatal' ELSE r.severity END`,
    name: 'r.type',
    message: 'r.message',
    text: 'r.message',
    attributes: 'r.payload',
    traceId: NONE,
    spanId: NONE,
    requestId: NONE,
    userId: 'r.user_id',
    dealId: NONE,
    nodeId: 'r.node_id',
    release: 'r.node_version',
    errorType: 'r.error_type',
    durationMs: NONE,
    status: NONE,
  },
  test: {
    kind: 'test',
    table: 'test_failures',
    time: 'r.timestamp',
    ref: 'r.failure_id::text',
    service: 'r.repository',
    environment: 'r.environment',
    level: `CASE r.outcome WHEN 'passed_on_retry' THEN 'warn' ELSE 'error' END`,
    name: 'r.test_name',
    message: 'r.error_message',
    text: `(r.test_name || ' ' || r.error_message)`,
    attributes: 'r.attributes',
    traceId: NONE,
    spanId: NONE,
    requestId: NONE,
    userId: NONE,
    dealId: NONE,
    nodeId: NONE,
    release: 'r.commit_sha',
    errorType: 'r.error_type',
    durationMs: NONE,
    status: NONE,
  },
}

/** A longer message is read as a whole with its record. */
const MESSAGE_CHARS_MAX = 1_000

/** The columns that records are counted by. */
export function countedColumnsOf(source: Source): string {
  return `${source.time} AS timestamp, '${source.kind}' AS kind, ${source.ref} AS ref, ${source.service} AS service,
    ${source.environment} AS environment, ${source.level} AS level, left(${source.name}, 300) AS name, ${source.nodeId} AS node_id,
    ${source.release} AS release, ${source.errorType} AS error_type, fingerprint_hex(r.fingerprint) AS fingerprint`
}

/** The columns of an answer. */
export function columnsOf(source: Source): string {
  return `${countedColumnsOf(source)}, left(${source.message}, ${MESSAGE_CHARS_MAX}) AS message, ${source.traceId} AS trace_id,
    ${source.spanId} AS span_id, ${source.requestId} AS request_id, ${source.userId} AS user_id, ${source.dealId} AS deal_id,
    ${source.durationMs}::float8 AS duration_ms`
}
