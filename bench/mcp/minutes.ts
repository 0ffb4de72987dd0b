import type pg from 'pg'

/**
 * The minutes of requests, as the exporter counts them of spans that come through it. A shape is a series here: in this
 * data, whoever has a shape is called in one way, and of inner spans the first of a trace has shapes of its own.
 */
export async function countMinutes(client: pg.Client): Promise<void> {
  await client.query(`
    INSERT INTO red_series (series_id, service, environment, service_version, operation, kind, last_used)
    SELECT DISTINCT ON (s.shape_id) s.shape_id, s.service, s.environment, s.service_version, s.operation_name, s.kind, current_date
    FROM span_shapes s CROSS JOIN LATERAL (
      SELECT parent_span_id FROM spans WHERE shape_id = s.shape_id LIMIT 1) one
    WHERE s.operation_name IS NOT NULL AND (s.kind <> 'internal' OR one.parent_span_id IS NULL)
    ON CONFLICT DO NOTHING`)
  await client.query(`
    INSERT INTO red_minutes (minute, series_id, requests, errors, duration_ms, sketch, error_sketch, trace_id)
    SELECT minute, shape_id, sum(requests), sum(errors), sum(duration_ms), array_agg((bucket::bigint << 32) + requests ORDER BY bucket),
      array_agg((bucket::bigint << 32) + errors ORDER BY bucket) FILTER (WHERE errors > 0), min(trace_id)
    FROM (
      SELECT date_trunc('minute', timestamp) AS minute, shape_id, sketch_bucket(duration_ms) AS bucket, count(*) AS requests,
        count(*) FILTER (WHERE status = 'error') AS errors, sum(duration_ms) AS duration_ms, min(trace_id) AS trace_id
      FROM spans WHERE shape_id IN (SELECT series_id FROM red_series) GROUP BY 1, 2, 3) counted
    GROUP BY 1, 2 ON CONFLICT DO NOTHING`)
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED) red_minutes, red_series')
}

/** How often each problem occurred in each minute, by its failures: as they are folded of records that come through the exporter. */
export async function countProblems(client: pg.Client): Promise<void> {
  await client.query(`
    TRUNCATE fingerprint_minutes;
    INSERT INTO fingerprint_minutes (minute, fingerprint, service, environment, records)
    SELECT date_trunc('minute', timestamp), fingerprint, service, environment, count(*) FROM failure_records
    GROUP BY 1, 2, 3, 4`)
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED) fingerprint_minutes')
}
