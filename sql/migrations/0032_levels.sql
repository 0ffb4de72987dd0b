-- Before and after: what a service's operations were like before a moment, and since.

-- Spans of a service by operation and by whom they call, before a moment and since: of up to so many of each side, taken
-- evenly. What became slow under an operation, or outside of the service, is among them.
CREATE FUNCTION operation_levels(
  p_service text, p_env text, p_before timestamptz, p_at timestamptz, p_until timestamptz, p_limit integer DEFAULT 3000)
RETURNS TABLE (
  operation text, kind text, calls text, p50_ms_before double precision, p50_ms double precision, p95_ms_before double precision,
  p95_ms double precision, failed_percent_before double precision, failed_percent double precision, sampled_before integer, sampled integer)
  LANGUAGE sql STABLE AS $$
  WITH part AS (
    SELECT false AS since, p_before + i * (p_at - p_before) / 30 AS a, p_before + (i + 1) * (p_at - p_before) / 30 AS b FROM generate_series(0, 29) i
    UNION ALL
    SELECT true, p_at + i * (p_until - p_at) / 30, p_at + (i + 1) * (p_until - p_at) / 30 FROM generate_series(0, 29) i
  )
  SELECT s.operation_name, s.kind, s.calls,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.duration_ms) FILTER (WHERE NOT since))::numeric, 1)::float8,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.duration_ms) FILTER (WHERE since))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY s.duration_ms) FILTER (WHERE NOT since))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY s.duration_ms) FILTER (WHERE since))::numeric, 1)::float8,
    round(100.0 * count(*) FILTER (WHERE NOT since AND s.failed) / nullif(count(*) FILTER (WHERE NOT since), 0), 1)::float8,
    round(100.0 * count(*) FILTER (WHERE since AND s.failed) / nullif(count(*) FILTER (WHERE since), 0), 1)::float8,
    count(*) FILTER (WHERE NOT since)::int, count(*) FILTER (WHERE since)::int
  FROM part CROSS JOIN LATERAL (
    SELECT t.operation_name, t.kind, coalesce(t.attributes->>'server.address', t.attributes->>'peer.service', t.attributes->>'net.peer.name') AS calls,
      t.duration_ms, t.status = 'error' AS failed
    FROM trace_spans t WHERE t.service = p_service AND is_among(t.environment, environment_names(p_env))
      AND t.timestamp > part.a AND t.timestamp <= part.b
    ORDER BY t.timestamp, t.span_id LIMIT p_limit / 30) s
  GROUP BY 1, 2, 3 $$;
COMMENT ON FUNCTION operation_levels IS 'durations and failures of a service''s spans by operation and callee, before a moment and since; a sample';

-- Requests by operation before a moment and since, with a short series. Rates are of the time that there is data of. What
-- changed most is first, then what is busiest.
CREATE FUNCTION operation_health(
  p_service text, p_env text, p_from timestamptz, p_at timestamptz, p_until timestamptz, p_parts integer DEFAULT 12, p_limit integer DEFAULT 9)
RETURNS TABLE (
  operation text, requests integer, requests_before integer, per_minute double precision, per_minute_before double precision,
  errors integer, errors_before integer, error_percent double precision, error_percent_before double precision,
  p50_ms double precision, p50_ms_before double precision, p95_ms double precision, p95_ms_before double precision,
  p99_ms double precision, p99_ms_before double precision, first_seen timestamptz, last_seen timestamptz,
  requests_series integer[], errors_series integer[], p95_series double precision[])
  LANGUAGE sql STABLE AS $$
  WITH span AS MATERIALIZED (
    SELECT operation_name AS operation, duration_ms, timestamp AS at, timestamp > p_at AS since, status = 'error' AS failed,
      least(p_parts - 1, floor(extract(epoch FROM timestamp - p_from) / extract(epoch FROM p_until - p_from) * p_parts)::int) AS part
    FROM trace_spans WHERE service = p_service AND is_among(environment, environment_names(p_env))
      AND timestamp > p_from AND timestamp <= p_until AND kind IN ('server', 'consumer')
  ), side AS (
    SELECT operation, since, count(*)::int AS requests, count(*) FILTER (WHERE failed)::int AS errors, min(at) AS first_at, max(at) AS last_at,
      percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS p
    FROM span GROUP BY 1, 2
  ), whole AS (SELECT min(first_at) AS first_at, max(last_at) AS last_at FROM side),
  part AS (
    SELECT operation, part, count(*)::int AS requests, count(*) FILTER (WHERE failed)::int AS errors,
      round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms))::numeric, 1)::float8 AS p95
    FROM span GROUP BY 1, 2
  ), sides AS (
    SELECT coalesce(n.operation, b.operation) AS operation, coalesce(n.requests, 0) AS requests, coalesce(b.requests, 0) AS requests_before,
      coalesce(n.errors, 0) AS errors, coalesce(b.errors, 0) AS errors_before, n.p, b.p AS p_before,
      least(n.first_at, b.first_at) AS first_at, greatest(n.last_at, b.last_at) AS last_at
    FROM (SELECT * FROM side WHERE since) n FULL JOIN (SELECT * FROM side WHERE NOT since) b ON b.operation = n.operation
  ), top AS (
    SELECT *, greatest(abs(ln(greatest(p[2], 0.001) / greatest(p_before[2], 0.001))),
      3 * abs(errors::float8 / nullif(requests, 0) - errors_before::float8 / nullif(requests_before, 0))) AS changed
    FROM sides ORDER BY changed DESC NULLS LAST, requests DESC, operation LIMIT p_limit
  )
  SELECT t.operation, t.requests, t.requests_before,
    round((60 * t.requests / nullif(extract(epoch FROM w.last_at - greatest(p_at, w.first_at)), 0))::numeric, 2)::float8,
    round((60 * t.requests_before / nullif(extract(epoch FROM least(p_at, w.last_at) - w.first_at), 0))::numeric, 2)::float8,
    t.errors, t.errors_before, round(100.0 * t.errors / nullif(t.requests, 0), 2)::float8,
    round(100.0 * t.errors_before / nullif(t.requests_before, 0), 2)::float8,
    round(t.p[1]::numeric, 1)::float8, round(t.p_before[1]::numeric, 1)::float8, round(t.p[2]::numeric, 1)::float8,
    round(t.p_before[2]::numeric, 1)::float8, round(t.p[3]::numeric, 1)::float8, round(t.p_before[3]::numeric, 1)::float8,
    t.first_at, t.last_at, q.requests, q.errors, q.p95
  FROM top t CROSS JOIN whole w CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(x.requests, 0) ORDER BY i) AS requests, array_agg(coalesce(x.errors, 0) ORDER BY i) AS errors,
      array_agg(x.p95 ORDER BY i) AS p95
    FROM generate_series(0, p_parts - 1) i LEFT JOIN part x ON x.operation = t.operation AND x.part = i) q
  ORDER BY t.changed DESC NULLS LAST, t.requests DESC, t.operation $$;
COMMENT ON FUNCTION operation_health IS 'requests, errors and percentiles of each operation before a moment and since, with a short series';

-- Queues and pools are sums that go up and down as well as gauges.
CREATE OR REPLACE FUNCTION service_saturation(
  p_service text, p_env text, p_before timestamptz, p_from timestamptz, p_until timestamptz DEFAULT now())
RETURNS TABLE (metric text, unit text, average double precision, maximum double precision, average_before double precision)
  LANGUAGE sql STABLE AS $$
  SELECT metric_name, unit, round(now::numeric, 3)::float8, round(most::numeric, 3)::float8, round(before::numeric, 3)::float8
  FROM (
    SELECT metric_name, unit, avg(value) FILTER (WHERE timestamp > p_from) AS now, max(value) FILTER (WHERE timestamp > p_from) AS most,
      avg(value) FILTER (WHERE timestamp <= p_from) AS before
    FROM metrics_samples
    WHERE service = p_service AND is_among(environment, environment_names(p_env))
      AND timestamp > p_before AND timestamp <= p_until AND value IS NOT NULL
      AND (metric_type = 'gauge' OR (metric_type = 'sum' AND is_monotonic IS FALSE))
      AND metric_name ~* '(cpu|memory|heap|queue|pool|connection|utilization|saturation|pending|lag|delay)'
    GROUP BY 1, 2) m
  WHERE now IS NOT NULL ORDER BY abs(now - coalesce(before, 0)) / nullif(abs(before), 0) DESC NULLS LAST $$;
DROP FUNCTION service_requests;
