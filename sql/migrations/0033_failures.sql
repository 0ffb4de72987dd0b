-- How many distinct things a problem hit: orders, users, requests, whatever the attributes of its records, and of the spans
-- around them, call an id. Those of machines and of the telemetry itself are none.
CREATE FUNCTION failure_entities(
  p_fingerprint text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_visible text[] DEFAULT NULL,
  p_limit integer DEFAULT 1000)
RETURNS TABLE (entity text, hit bigint, samples text[])
  LANGUAGE sql STABLE AS $$
  WITH failed AS MATERIALIZED (
    SELECT DISTINCT trace_id, span_id, request_id, user_id, deal_id FROM failure_records
    WHERE fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND timestamp > p_from AND timestamp <= p_until
      AND is_among(environment, environment_names(p_env)) AND is_among(service, p_visible)
  ), spans AS (
    SELECT trace_id, span_id FROM failed WHERE trace_id IS NOT NULL AND span_id IS NOT NULL ORDER BY 1, 2 LIMIT p_limit
  ), ids AS (
    SELECT p.key, p.value FROM spans_around(ARRAY(SELECT trace_id FROM spans ORDER BY trace_id, span_id),
      ARRAY(SELECT span_id FROM spans ORDER BY trace_id, span_id), p_from, p_until, p_visible) a
    CROSS JOIN LATERAL jsonb_each_text(a.attributes) p
    UNION ALL
    SELECT p.key, p.value FROM application_logs l CROSS JOIN LATERAL jsonb_each_text(l.context) p
    WHERE l.fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND l.level IN ('error', 'fatal') AND l.timestamp > p_from
      AND l.timestamp <= p_until AND is_among(l.environment, environment_names(p_env)) AND is_among(l.service, p_visible)
    UNION ALL
    SELECT n.key, n.value FROM failed CROSS JOIN LATERAL (
      VALUES ('request.id', request_id), ('user.id', user_id), ('deal_id', deal_id), ('trace_id', trace_id)) n (key, value)
  )
  SELECT key, count(DISTINCT value), (array_agg(DISTINCT value))[1:3] FROM ids
  WHERE value <> '' AND key ~ '[._]id$' AND key !~ '^(service|k8s|container|host|process|cloud|os|telemetry|messaging|rpc|vcs|cicd|deployment|thread|faas)[.]'
  GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20 $$;
COMMENT ON FUNCTION failure_entities IS 'how many distinct orders, users, requests and the like a problem hit';

-- Where a problem was thrown: the span that carries it, or in which its log line was written, and what took the request
-- in that service. The first one that has a stack, of the first that there are.
CREATE FUNCTION failure_origin(
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
    (SELECT operation_name FROM around WHERE depth = 0), entry.operation_name, entry.kind, first.trace_id, first.span_id, first.request_id,
    first.error_type, first.message, first.error_stack,
    ARRAY(SELECT a.service FROM around a WHERE a.service <> first.service GROUP BY 1 ORDER BY min(a.depth))
  FROM first LEFT JOIN entry ON true $$;
COMMENT ON FUNCTION failure_origin IS 'where a problem was thrown: one failure with its stack, its operation and who called it';
