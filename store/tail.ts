import type pg from 'pg'

/** What `sensorium tail` shows: a log line, or a span that failed. */
export interface TailRow {
  readonly key: string
  readonly timestamp: Date
  readonly level: string
  readonly service: string
  readonly message: string
  readonly error_type: string | null
  readonly trace_id: string | null
  readonly is_span: boolean
}

export interface TailFilter {
  readonly services?: readonly string[] | undefined
  readonly environment?: string | undefined
  /** Levels that are wanted; all where absent. */
  readonly levels?: readonly string[] | undefined
  /** Part of the message, in any case. */
  readonly contains?: string | undefined
  readonly traceId?: string | undefined
}

/**
 * The newest rows since a moment, oldest first, at most `limit`. Records come later than they are dated, so whoever
 * follows asks again for a while that is past, and knows by `key` what it has had.
 */
export async function readTail(
  client: pg.ClientBase,
  since: Date,
  filter: TailFilter,
  limit: number,
): Promise<TailRow[]> {
  const { services = null, environment = null, levels = null, contains = null, traceId = null } = filter
  const withSpans = levels === null || levels.includes('error')
  const { rows } = await client.query<TailRow>(
    `SELECT * FROM (
       (SELECT 'l' || log_id AS key, timestamp, level, service, message, error_type, trace_id, false AS is_span
        FROM application_logs
        WHERE timestamp >= $1 AND ($2::text[] IS NULL OR service = ANY ($2)) AND ($3::text IS NULL OR environment = $3)
          AND ($4::text[] IS NULL OR level = ANY ($4)) AND ($5::text IS NULL OR position(lower($5) IN lower(message)) > 0)
          AND ($6::text IS NULL OR trace_id = $6)
        ORDER BY timestamp DESC LIMIT $7)
       UNION ALL
       (SELECT 's' || trace_id || span_id, timestamp, 'error', service,
          operation_name || coalesce(': ' || nullif(status_message, ''), ''), NULL, trace_id, true
        FROM trace_spans
        WHERE $8 AND status = 'error' AND timestamp >= $1 AND ($2::text[] IS NULL OR service = ANY ($2))
          AND ($3::text IS NULL OR environment = $3) AND ($6::text IS NULL OR trace_id = $6)
          AND ($5::text IS NULL OR position(lower($5) IN lower(operation_name || ' ' || coalesce(status_message, ''))) > 0)
        ORDER BY timestamp DESC LIMIT $7)
     ) AS newest ORDER BY timestamp DESC LIMIT $7`,
    [since, services, environment, levels, contains, traceId, limit, withSpans],
  )
  return rows.reverse()
}
