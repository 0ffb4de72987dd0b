-- Times of each operation's good requests, of a sample of all that services were asked, in order of time. Operations that
-- few requests were of have too little to say.
CREATE FUNCTION operation_times(
  p_env text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL, p_limit integer DEFAULT 6000)
RETURNS TABLE (service text, operation text, at_ms double precision[], duration_ms double precision[])
  LANGUAGE sql STABLE AS $$
  WITH shape AS MATERIALIZED (
    SELECT shape_id, service, operation_name FROM span_shapes
    WHERE kind IN ('server', 'consumer') AND is_among(environment, environment_names(p_env)) AND is_among(service, p_services)
  )
  SELECT s.service, coalesce(p.operation_name, s.operation_name),
    array_agg(round((1000 * extract(epoch FROM p.timestamp))::numeric)::float8 ORDER BY p.timestamp),
    array_agg(round(p.duration_ms::numeric, 3)::float8 ORDER BY p.timestamp)
  FROM spans_of_shapes(ARRAY(SELECT shape_id FROM shape), NULL, p_from, p_until, p_limit) p JOIN shape s USING (shape_id)
  WHERE p.status <> 'error' GROUP BY 1, 2 HAVING count(*) >= 30 ORDER BY 1, 2 $$;
COMMENT ON FUNCTION operation_times IS 'when requests of each operation began and how long they took, of a sample; errors left out';

-- What was empty before and is not any more comes first: no factor tells how much that is.
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
  WHERE now IS NOT NULL
  ORDER BY before = 0 AND now <> 0 DESC NULLS LAST, abs(now - coalesce(before, 0)) / nullif(abs(before), 0) DESC NULLS LAST, 1 $$;
