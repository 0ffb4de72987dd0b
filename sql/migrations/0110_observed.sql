-- What the ranking of causes looks at: spans, logs and internal signals of a range, as few columns as it needs.

-- The process that a resource tells of.
CREATE FUNCTION instance_of(p_attributes jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(p_attributes ->> 'k8s.pod.name', p_attributes ->> 'service.instance.id', p_attributes ->> 'host.name', '') $$;
COMMENT ON FUNCTION instance_of IS 'pod, instance or host of a resource; empty where it has none';

-- What a client span calls, by the conventions for databases, queues and peers, the old ones as well.
CREATE FUNCTION called_by(p_attributes jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    p_attributes ->> 'peer.service',
    concat_ws(' ', coalesce(p_attributes ->> 'db.system.name', p_attributes ->> 'db.system', p_attributes ->> 'messaging.system'),
      coalesce(p_attributes ->> 'server.address', p_attributes ->> 'net.peer.name', p_attributes ->> 'db.namespace', p_attributes ->> 'db.name',
        p_attributes ->> 'messaging.destination.name'))) $$;
COMMENT ON FUNCTION called_by IS 'what a client span calls; empty where it does not say';

-- Whole traces, chosen by the last byte of their ids: of 256 such bytes the first p_bytes.
CREATE FUNCTION observed_spans(
  p_from timestamptz, p_until timestamptz, p_env text, p_visible text[], p_bytes integer)
RETURNS TABLE (
  trace_id text, span_id text, parent_span_id text, service text, instance text, operation text, start_ms double precision,
  duration_ms double precision, failed boolean, calls text)
  LANGUAGE sql STABLE ROWS 40000 AS $$
  SELECT encode(p.trace_id, 'hex'), encode(p.span_id, 'hex'), encode(p.parent_span_id, 'hex'), s.service, instance_of(r.attributes),
    coalesce(p.operation_name, s.operation_name), extract(epoch FROM p.timestamp)::float8 * 1000, p.duration_ms, p.status = 'error',
    CASE WHEN s.kind IN ('client', 'producer')
      THEN nullif(coalesce(nullif(called_by(s.attributes), ''), called_by(p.attributes)), '') END
  FROM spans p JOIN span_shapes s USING (shape_id) JOIN telemetry_resources r USING (resource_id)
  WHERE p.timestamp > p_from AND p.timestamp <= p_until AND get_byte(p.trace_id, 15) < p_bytes
    AND is_among(s.environment, environment_names(p_env)) AND is_among(s.service, p_visible) $$;
COMMENT ON FUNCTION observed_spans IS 'spans of whole traces of a range, for the ranking of causes';

CREATE FUNCTION observed_logs(
  p_from timestamptz, p_until timestamptz, p_env text, p_visible text[], p_bytes integer)
RETURNS TABLE (trace_id text, span_id text, log_group text, text text, is_trouble boolean)
  LANGUAGE sql STABLE ROWS 40000 AS $$
  SELECT encode(p.trace_id, 'hex'), encode(p.span_id, 'hex'), to_hex(coalesce(f.group_id, p.fingerprint, 0)),
    coalesce(f.template, left(p.message, 200)), s.severity_number >= 13
  FROM logs p JOIN log_shapes s USING (shape_id) LEFT JOIN fingerprints f ON f.fingerprint = p.fingerprint
  WHERE p.timestamp > p_from AND p.timestamp <= p_until AND p.span_id IS NOT NULL AND get_byte(p.trace_id, 15) < p_bytes
    AND is_among(s.environment, environment_names(p_env)) AND is_among(s.service, p_visible) $$;
COMMENT ON FUNCTION observed_logs IS 'logs of the traces of a range, by the groups of their templates, for the ranking of causes';

CREATE FUNCTION observed_resources(
  p_from timestamptz, p_until timestamptz, p_env text, p_visible text[], p_names text, p_series integer)
RETURNS TABLE (series_id bigint, service text, instance text, metric_name text, unit text, at timestamptz, value double precision)
  LANGUAGE sql STABLE ROWS 10000 AS $$
  WITH series AS MATERIALIZED (
    SELECT m.series_id, m.service, instance_of(r.attributes) AS instance, m.metric_name, m.unit
    FROM metric_series m JOIN telemetry_resources r USING (resource_id)
    WHERE m.metric_type = 'gauge' AND m.metric_name ~* p_names AND is_among(m.environment, environment_names(p_env))
      AND is_among(m.service, p_visible)
    ORDER BY m.last_used DESC, m.series_id LIMIT p_series)
  SELECT s.series_id, s.service, s.instance, s.metric_name, s.unit, p.timestamp, coalesce(p.value, p.value_int::float8)
  FROM metric_points p JOIN series s USING (series_id)
  WHERE p.timestamp > p_from AND p.timestamp <= p_until AND coalesce(p.value, p.value_int::float8) IS NOT NULL
  ORDER BY s.series_id, p.timestamp $$;
COMMENT ON FUNCTION observed_resources IS 'internal signals of the processes of a range, for the ranking of causes';
