-- What failures that only logs tell of share: units are requests, where log lines name them, else the lines.

-- The request, else the trace, that a log line is of; NULL where it names none.
CREATE FUNCTION log_unit(request_id text, trace_id bytea) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce('request ' || request_id, 'trace ' || encode(trace_id, 'hex'));

-- The lines of a problem, taken evenly over a range, one of each unit, with what is known of them and of where they are from.
CREATE FUNCTION failing_logs(
  p_fingerprint text, p_env text, p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL, p_limit integer DEFAULT 300)
RETURNS TABLE ("timestamp" timestamptz, service text, unit text, attributes jsonb)
  LANGUAGE sql STABLE ROWS 300 AS $$
  WITH failed AS (
    SELECT DISTINCT ON (coalesce(log_unit(l.request_id, l.trace_id), l.timestamp::text)) l.* FROM (
      SELECT p_from + i * (p_until - p_from) / 30 AS since, p_from + (i + 1) * (p_until - p_from) / 30 AS until
      FROM generate_series(0, 29) i) part
    CROSS JOIN LATERAL (
      SELECT p.timestamp, s.service, p.request_id, p.trace_id, s.resource_id, p.context, s.context AS shared
      FROM logs p JOIN log_shapes s ON s.shape_id = p.shape_id
      WHERE p.fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND p.level IN ('error', 'fatal')
        AND p.timestamp > part.since AND p.timestamp <= part.until
        AND is_among(s.environment, environment_names(p_env)) AND is_among(s.service, p_visible)
      ORDER BY p.timestamp LIMIT 2 * p_limit / 30 + 2) l
    ORDER BY coalesce(log_unit(l.request_id, l.trace_id), l.timestamp::text), l.timestamp LIMIT p_limit
  )
  SELECT f.timestamp, f.service, log_unit(f.request_id, f.trace_id),
    coalesce(r.attributes, '{}') || f.shared || coalesce(f.context, '{}')
  FROM failed f LEFT JOIN telemetry_resources r USING (resource_id) $$;
COMMENT ON FUNCTION failing_logs IS 'the log lines of a problem, taken evenly over a range, one of each request';

-- Lines of a service that tell of no error, the same ones every time.
CREATE FUNCTION sample_logs(p_service text, p_env text, p_from timestamptz, p_until timestamptz, p_limit integer DEFAULT 600)
RETURNS TABLE ("timestamp" timestamptz, service text, unit text, attributes jsonb)
  LANGUAGE plpgsql ROWS 600 AS $$
DECLARE
  wanted CONSTANT text := format('timestamp > %L AND timestamp <= %L AND level NOT IN (''error'', ''fatal'') AND shape_id = ANY (%L)',
    p_from, p_until, ARRAY(SELECT s.shape_id FROM log_shapes s WHERE s.service = p_service AND is_among(s.environment, environment_names(p_env))));
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT p.timestamp, s.service, log_unit(p.request_id, p.trace_id), coalesce(r.attributes, ''{}'') || s.context || coalesce(p.context, ''{}'')
     FROM (SELECT timestamp, shape_id, request_id, trace_id, context FROM %s WHERE %s
       ORDER BY hashtextextended(coalesce(log_unit(request_id, trace_id), message), 0), timestamp LIMIT %s) p
     JOIN log_shapes s USING (shape_id) LEFT JOIN telemetry_resources r USING (resource_id)',
    sample_source('logs', wanted, p_limit), wanted, p_limit);
END $$;
COMMENT ON FUNCTION sample_logs IS 'a sample of the log lines of a service that are no errors, with their attributes and those of their resource';

-- What the other lines of the same requests say, but for errors, in the same service.
CREATE FUNCTION lines_of_units(p_units text[], p_service text, p_from timestamptz, p_until timestamptz)
RETURNS TABLE (unit text, attributes jsonb)
  LANGUAGE sql STABLE ROWS 900 AS $$
  SELECT u.unit, jsonb_agg(DISTINCT l.attributes)
  FROM (SELECT DISTINCT unit FROM unnest(p_units) unit) u
  CROSS JOIN LATERAL (
    -- Unit by unit, each by its index.
    (SELECT shape_id, context FROM logs WHERE u.unit LIKE 'request %' AND request_id = substr(u.unit, 9) AND level NOT IN ('error', 'fatal')
      AND timestamp > p_from - interval '1 hour' AND timestamp <= p_until + interval '1 hour' LIMIT 50)
    UNION ALL
    (SELECT shape_id, context FROM logs WHERE u.unit LIKE 'trace %' AND encode(trace_id, 'hex') = substr(u.unit, 7)
      AND level NOT IN ('error', 'fatal') AND timestamp > p_from - interval '1 hour' AND timestamp <= p_until + interval '1 hour' LIMIT 50)) p
  JOIN log_shapes s USING (shape_id) CROSS JOIN LATERAL (SELECT s.context || coalesce(p.context, '{}') AS attributes) l
  WHERE s.service = p_service GROUP BY 1 $$;
COMMENT ON FUNCTION lines_of_units IS 'attributes of the log lines of requests that are no errors';
