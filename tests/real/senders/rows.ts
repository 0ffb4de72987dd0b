import pg from 'pg'
import { exactInteger } from './official.ts'

const ORIGIN = `r.attributes AS resource, r.schema_url AS resource_schema_url, c.name AS scope, c.version AS scope_version,
  c.attributes AS scope_attributes`
const JOINS = `LEFT JOIN telemetry_resources r USING (resource_id) LEFT JOIN telemetry_scopes c USING (scope_id)`

const QUERIES = {
  traces: `SELECT ${ORIGIN}, trace_id, span_id, parent_span_id, operation_name AS name, kind, status, status_message,
      start_time_unix_nano::text AS start, end_time_unix_nano::text AS "end", s.attributes, trace_state, s.flags::int,
      ARRAY[s.dropped_attributes_count, dropped_events_count, dropped_links_count] AS dropped,
      COALESCE(events, '[]') AS events, COALESCE(links, '[]') AS links
    FROM trace_spans s ${JOINS} WHERE service = $1`,
  logs: `SELECT ${ORIGIN}, trace_id, span_id, time_unix_nano::text AS time,
      (extract(epoch FROM observed_timestamp) * 1000000)::bigint::text AS observed_us, severity_number, severity_text,
      event_name, CASE WHEN body IS NULL THEN message END AS text, body, context AS attributes, l.flags::int,
      l.dropped_attributes_count AS dropped
    FROM application_logs l ${JOINS} WHERE service = $1 AND NOT context ? 'finding.id'`,
  metrics: `SELECT ${ORIGIN}, metric_name AS name, metric_type AS type, unit, description, temporality, is_monotonic, labels,
      (extract(epoch FROM timestamp) * 1000000)::bigint::text AS time_us, value, value_int::text, count::text, sum, min, max,
      explicit_bounds AS bounds, bucket_counts::text[] AS buckets
    FROM metrics_samples m ${JOINS} WHERE service = $1`,
} as const

/** Integers in JSON to the last digit, as official.ts has them. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    id === pg.types.builtins.JSONB ? exactJson : pg.types.getTypeParser(id, format as 'text'),
}

function exactJson(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? exactInteger(context!.source!) : value,
  )
}

/** All rows of a service, in the words of official.ts. */
export async function storedRows(client: pg.Client, service: string) {
  const rows = async (signal: keyof typeof QUERIES) =>
    (await client.query<Record<string, unknown>>({ text: QUERIES[signal], values: [service], types })).rows
  return { traces: await rows('traces'), logs: await rows('logs'), metrics: await rows('metrics') }
}
