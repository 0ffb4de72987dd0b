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
