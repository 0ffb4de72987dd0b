-- What one set of spans has in common and another has not: units, and the attributes that they have.

-- Spans of an operation, taken evenly over a range, the same ones every time: so many from each of 60 parts of it, so that
-- the price is that of the sample and not of the traffic.
CREATE FUNCTION sample_spans(
  p_service text, p_operation text, p_env text, p_from timestamptz, p_until timestamptz, p_limit integer DEFAULT 900)
RETURNS TABLE ("timestamp" timestamptz, trace_id text, span_id text, status text, duration_ms double precision)
  LANGUAGE sql STABLE ROWS 900 AS $$
  SELECT s.* FROM (
    SELECT p_from + i * (p_until - p_from) / 60 AS since, p_from + (i + 1) * (p_until - p_from) / 60 AS until
    FROM generate_series(0, 59) i) part
  CROSS JOIN LATERAL (
    SELECT t.timestamp, t.trace_id, t.span_id, t.status, t.duration_ms FROM trace_spans t
    WHERE t.service = p_service AND t.operation_name = p_operation AND is_among(t.environment, environment_names(p_env))
      AND t.timestamp > part.since AND t.timestamp <= part.until
    ORDER BY t.timestamp, t.span_id LIMIT p_limit / 60 + 1) s $$;
COMMENT ON FUNCTION sample_spans IS 'spans of an operation, taken evenly over a range';

-- The spans in which a problem was: those that carry it, and those in which its log lines were written. One of each trace.
CREATE FUNCTION failing_spans(
  p_fingerprint text, p_env text, p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL, p_limit integer DEFAULT 300)
RETURNS TABLE ("timestamp" timestamptz, trace_id text, span_id text)
  LANGUAGE sql STABLE ROWS 300 AS $$
  SELECT DISTINCT ON (s.trace_id) s.* FROM (
    SELECT p_from + i * (p_until - p_from) / 30 AS since, p_from + (i + 1) * (p_until - p_from) / 30 AS until
    FROM generate_series(0, 29) i) part
  CROSS JOIN LATERAL (
    SELECT r.timestamp, r.trace_id, r.span_id FROM failure_records r
    WHERE r.fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND r.timestamp > part.since AND r.timestamp <= part.until
      AND r.source IN ('trace_spans', 'application_logs') AND r.trace_id IS NOT NULL AND r.span_id IS NOT NULL
      AND is_among(r.environment, environment_names(p_env)) AND is_among(r.service, p_visible)
    ORDER BY r.source DESC, r.timestamp, r.span_id LIMIT 2 * p_limit / 30 + 2) s
  ORDER BY s.trace_id, s.timestamp, s.span_id LIMIT p_limit $$;
COMMENT ON FUNCTION failing_spans IS 'spans in which a problem was, taken evenly over a range, one of each trace';

-- A span and those around it, up to the root of its trace.
CREATE FUNCTION spans_around(p_traces text[], p_spans text[], p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  unit integer, depth integer, service text, operation_name text, kind text, release text, attributes jsonb, resource_id bigint)
  LANGUAGE sql STABLE ROWS 4000 AS $$
  WITH RECURSIVE asked AS (
    SELECT (n - 1)::int AS unit, t AS trace_id, s AS span_id FROM unnest(p_traces, p_spans) WITH ORDINALITY u (t, s, n)
  ), near AS MATERIALIZED (
    SELECT t.trace_id, t.span_id, t.parent_span_id, t.service, t.operation_name, t.kind, t.service_version, t.attributes, t.resource_id
    FROM trace_spans t
    WHERE t.trace_id = ANY (p_traces) AND t.timestamp > p_from - interval '1 hour' AND t.timestamp <= p_until + interval '1 hour'
      AND is_among(t.service, p_visible)
  ), around AS (
    SELECT unit, 0 AS depth, near.* FROM asked JOIN near USING (trace_id, span_id)
    UNION ALL
    SELECT a.unit, a.depth + 1, near.* FROM around a JOIN near ON near.trace_id = a.trace_id AND near.span_id = a.parent_span_id
    WHERE a.depth < 30
  )
  SELECT unit, depth, service, operation_name, kind, service_version, attributes, resource_id FROM around $$;
COMMENT ON FUNCTION spans_around IS 'spans, numbered in the order given, with those around them up to the root';

-- The attributes of numbered units and the units that have each: of a span and those around it, of the resource that it
-- is from, and of those around it the release and the host. What fewer than p_least of the first p_first units have is
-- left out, and so are ids. Numbers that are many come as lists of numbers, to be cut into ranges.
CREATE FUNCTION span_traits(
  p_traces text[], p_spans text[], p_first integer, p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL,
  p_least integer DEFAULT 3)
RETURNS TABLE (key text, value text, units integer[], numbers double precision[])
  LANGUAGE sql STABLE AS $$
  WITH around AS MATERIALIZED (SELECT * FROM spans_around(p_traces, p_spans, p_from, p_until, p_visible)),
  own AS (SELECT unit, service FROM around WHERE depth = 0),
  pairs AS (
    SELECT a.unit, p.key, p.value FROM around a CROSS JOIN LATERAL jsonb_each(a.attributes) p
    UNION ALL
    SELECT a.unit, CASE WHEN a.depth = 0 THEN p.key ELSE a.service || '/' || p.key END, p.value
    FROM around a JOIN own USING (unit) JOIN telemetry_resources r USING (resource_id) CROSS JOIN LATERAL jsonb_each(r.attributes) p
    WHERE a.depth = 0 OR (a.service <> own.service AND p.key IN ('service.version', 'host.name', 'k8s.node.name', 'cloud.availability_zone'))
  ), plain AS (
    SELECT DISTINCT unit, key, left(value #>> '{}', 200) AS value, CASE WHEN jsonb_typeof(value) = 'number' THEN (value #>> '{}')::float8 END AS number
    FROM pairs WHERE jsonb_typeof(value) IN ('string', 'number', 'boolean')
  )
  SELECT key, value, array_agg(unit ORDER BY unit), NULL::float8[] FROM plain
  GROUP BY key, value HAVING count(*) FILTER (WHERE unit < p_first) >= p_least
  UNION ALL
  SELECT key, NULL, array_agg(unit ORDER BY unit, number), array_agg(number ORDER BY unit, number) FROM plain WHERE number IS NOT NULL
  GROUP BY key HAVING count(DISTINCT number) >= 8 AND count(*) FILTER (WHERE unit < p_first) >= p_least $$;
COMMENT ON FUNCTION span_traits IS 'attributes of spans, of those around them and of their resources, with the units that have each';

-- For people; agents get the same with tests of what is chance (analysis/contrast).
CREATE FUNCTION what_failures_share(
  p_fingerprint text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_visible text[] DEFAULT NULL)
RETURNS TABLE (attribute text, value text, failing integer, failing_percent double precision, good integer, good_percent double precision)
  LANGUAGE sql STABLE AS $$
  WITH bad AS MATERIALIZED (SELECT * FROM failing_spans(p_fingerprint, p_env, p_from, p_until, p_visible)),
  place AS (
    SELECT t.service, t.operation_name FROM bad JOIN trace_spans t USING (trace_id, span_id)
    WHERE t.timestamp > p_from - interval '1 hour' AND t.timestamp <= p_until GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 1
  ), good AS MATERIALIZED (
    SELECT DISTINCT ON (s.trace_id) s.trace_id, s.span_id
    FROM place CROSS JOIN LATERAL sample_spans(place.service, place.operation_name, p_env,
      (SELECT min(timestamp) FROM bad) - interval '1 second', (SELECT max(timestamp) FROM bad) + interval '1 second') s
    WHERE s.status <> 'error' AND s.trace_id NOT IN (SELECT trace_id FROM bad) ORDER BY s.trace_id, s.span_id
  ), sizes AS (SELECT (SELECT count(*) FROM bad)::int AS bad, (SELECT count(*) FROM good)::int AS good)
  SELECT t.key, t.value, c.bad, round(100.0 * c.bad / nullif(sizes.bad, 0), 1)::float8, cardinality(t.units) - c.bad,
    round(100.0 * (cardinality(t.units) - c.bad) / nullif(sizes.good, 0), 1)::float8
  FROM sizes CROSS JOIN LATERAL span_traits(
    ARRAY(SELECT trace_id FROM bad ORDER BY trace_id) || ARRAY(SELECT trace_id FROM good ORDER BY trace_id),
    ARRAY(SELECT span_id FROM bad ORDER BY trace_id) || ARRAY(SELECT span_id FROM good ORDER BY trace_id),
    sizes.bad, p_from, p_until, p_visible) t
  CROSS JOIN LATERAL (SELECT count(*)::int AS bad FROM unnest(t.units) u WHERE u < sizes.bad) c
  WHERE t.value IS NOT NULL
  ORDER BY c.bad::float8 / greatest(sizes.bad, 1) - (cardinality(t.units) - c.bad)::float8 / greatest(sizes.good, 1) DESC NULLS LAST, 1, 2 LIMIT 50 $$;
COMMENT ON FUNCTION what_failures_share IS 'attributes of the failures of a problem, against good spans of the same operation at the same time; the greatest difference first';
