-- As it was, but that error_events is told the range, too: its partitions of other days were all scanned. And a span may
-- be stored twice: sent again in another request, or the demo run again.
CREATE OR REPLACE FUNCTION failure_origin(
  p_fingerprint text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  "timestamp" timestamptz, service text, environment text, release text, operation text, entry_operation text, entry_kind text,
  trace_id text, span_id text, request_id text, error_type text, message text, error_stack text, callers text[])
  LANGUAGE sql STABLE AS $$
  WITH first AS MATERIALIZED (
    SELECT e.*, r.span_id FROM (
      SELECT timestamp, trace_id, span_id, source, service FROM failure_records
      WHERE fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND timestamp > p_from AND timestamp <= p_until
        AND is_among(environment, environment_names(p_env)) AND is_among(service, p_visible)
      ORDER BY source = 'trace_spans' DESC, timestamp LIMIT 20) r
    JOIN error_events e ON e.fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND e.timestamp = r.timestamp
      AND e.timestamp > p_from AND e.timestamp <= p_until
      AND e.source = r.source AND e.service = r.service AND e.trace_id IS NOT DISTINCT FROM r.trace_id
    ORDER BY e.error_stack IS NULL, r.source = 'trace_spans' DESC, e.timestamp LIMIT 1
  ), around AS (
    SELECT a.* FROM first CROSS JOIN LATERAL spans_around(ARRAY[first.trace_id], ARRAY[first.span_id], p_from, p_until, p_visible) a
    WHERE first.span_id IS NOT NULL
  ), entry AS (
    SELECT a.operation_name, a.kind FROM around a JOIN first ON a.service = first.service
    WHERE a.kind IN ('server', 'consumer') ORDER BY a.depth LIMIT 1
  )
  SELECT first.timestamp, first.service, first.environment, first.release,
    (SELECT operation_name FROM around WHERE depth = 0 LIMIT 1), entry.operation_name, entry.kind, first.trace_id, first.span_id, first.request_id,
    first.error_type, first.message, first.error_stack,
    ARRAY(SELECT a.service FROM around a WHERE a.service <> first.service GROUP BY 1 ORDER BY min(a.depth))
  FROM first LEFT JOIN entry ON true $$;
COMMENT ON FUNCTION failure_origin IS 'where a problem was thrown: one failure with its stack, its operation and who called it';
