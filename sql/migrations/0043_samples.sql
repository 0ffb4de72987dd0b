-- Samples of spans at the price of the sample. `spans` has no index from a service and a time to its spans: whatever
-- reads them piece by piece over a range builds the same list of rows again for each piece.

-- What the planner expects of a statement.
CREATE FUNCTION planned(p_statement text, OUT cost double precision, OUT records double precision)
  LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || p_statement INTO plan;
  cost := plan #>> '{0,Plan,Total Cost}';
  records := plan #>> '{0,Plan,Plan Rows}';
END $$;

-- Where to read rows of a table from, of which so many are wanted: the table, or where it has far more of them, a share of
-- its pages that has enough, if the planner takes that to be cheaper. The same pages every time.
CREATE FUNCTION sample_source(p_table text, p_wanted text, p_limit integer) RETURNS text
  LANGUAGE plpgsql AS $$
DECLARE
  -- A page holds neighbours: of more rows than are wanted, those that are taken come from more pages.
  spare CONSTANT integer := 4;
  whole record;
  sampled text;
BEGIN
  whole := planned(format('SELECT FROM %s WHERE %s', p_table, p_wanted));
  IF whole.records <= spare * p_limit THEN RETURN p_table; END IF;
  sampled := format('%s TABLESAMPLE SYSTEM (%s) REPEATABLE (1)', p_table, (100 * spare * p_limit / whole.records)::numeric);
  IF (planned(format('SELECT FROM %s WHERE %s', sampled, p_wanted))).cost < whole.cost THEN RETURN sampled; END IF;
  RETURN p_table;
END $$;

-- Spans of some shapes within a range, so many of them, the same ones every time: by the hash of their trace, so that they
-- lie as the traffic does.
CREATE FUNCTION spans_of_shapes(p_shapes bigint[], p_operation text, p_from timestamptz, p_until timestamptz, p_limit integer)
RETURNS TABLE (
  "timestamp" timestamptz, trace_id bytea, span_id bytea, shape_id bigint, operation_name text, status text, duration_ms double precision,
  attributes jsonb)
  LANGUAGE plpgsql ROWS 600 AS $$
DECLARE
  wanted CONSTANT text := format('timestamp > %L AND timestamp <= %L AND shape_id = ANY (%L)', p_from, p_until, p_shapes)
    || CASE WHEN p_operation IS NULL THEN '' ELSE format(' AND (operation_name IS NULL OR operation_name = %L)', p_operation) END;
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT timestamp, trace_id, span_id, shape_id, operation_name, status, duration_ms, attributes FROM %s WHERE %s
     ORDER BY hashtextextended(encode(trace_id, ''hex''), 0), span_id LIMIT %s', sample_source('spans', wanted, p_limit), wanted, p_limit);
END $$;
COMMENT ON FUNCTION spans_of_shapes IS 'a sample of the spans that have these rows of span_shapes; p_operation: those of other operations left out';

DROP FUNCTION sample_spans;
CREATE FUNCTION sample_spans(
  p_service text, p_operation text, p_env text, p_from timestamptz, p_until timestamptz, p_limit integer DEFAULT 900)
RETURNS TABLE ("timestamp" timestamptz, trace_id text, span_id text, status text, duration_ms double precision)
  LANGUAGE sql STABLE ROWS 900 AS $$
  SELECT s.timestamp, encode(s.trace_id, 'hex'), encode(s.span_id, 'hex'), s.status, s.duration_ms
  FROM spans_of_shapes(
    ARRAY(SELECT shape_id FROM span_shapes WHERE service = p_service AND (operation_name IS NULL OR operation_name = p_operation)
      AND is_among(environment, environment_names(p_env))),
    p_operation, p_from, p_until, p_limit) s $$;
COMMENT ON FUNCTION sample_spans IS 'a sample of an operation''s spans in a range, the same ones every time';

-- Rows of spans, numbered in the order given, and those around them up to the root of their trace.
CREATE FUNCTION rows_around(p_traces text[], p_spans text[], p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  unit integer, depth integer, shape_id bigint, service text, resource_id bigint, operation_name text, attributes jsonb,
  request_id text, user_id text, deal_id text)
  -- What does not fit is written to disk at every step up.
  LANGUAGE sql STABLE ROWS 4000 SET work_mem = '32MB' AS $$
  WITH RECURSIVE asked AS (
    SELECT (n - 1)::int AS unit, decode(t, 'hex') AS trace_id, decode(s, 'hex') AS span_id
    FROM unnest(p_traces, p_spans) WITH ORDINALITY u (t, s, n)
  ), near AS MATERIALIZED (
    SELECT p.*, s.service, s.resource_id, coalesce(p.own_name, s.operation_name) AS operation_name
    -- Trace by trace: of all at once, the planner may read the range, and compare each of its rows with each of the ids.
    FROM (SELECT DISTINCT t FROM unnest(p_traces) t) one CROSS JOIN LATERAL (
      SELECT trace_id, span_id, parent_span_id, shape_id, operation_name AS own_name, attributes, request_id, user_id, deal_id FROM spans
      WHERE encode(trace_id, 'hex') = one.t AND timestamp > p_from - interval '1 hour' AND timestamp <= p_until + interval '1 hour' OFFSET 0) p
    JOIN span_shapes s ON s.shape_id = p.shape_id
    WHERE is_among(s.service, p_visible)
  ), around AS (
    SELECT unit, 0 AS depth, near.* FROM asked JOIN near USING (trace_id, span_id)
    UNION ALL
    SELECT a.unit, a.depth + 1, near.* FROM around a JOIN near ON near.trace_id = a.trace_id AND near.span_id = a.parent_span_id
    WHERE a.depth < 30
  )
  SELECT unit, depth, shape_id, service, resource_id, operation_name, attributes, request_id, user_id, deal_id FROM around $$;

CREATE OR REPLACE FUNCTION spans_around(
  p_traces text[], p_spans text[], p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  unit integer, depth integer, service text, operation_name text, kind text, release text, attributes jsonb, resource_id bigint)
  LANGUAGE sql STABLE ROWS 4000 AS $$
  SELECT a.unit, a.depth, a.service, a.operation_name, s.kind, s.service_version,
    whole_attributes(s.attributes, a.attributes, s.request_id_key, a.request_id, s.user_id_key, a.user_id, s.deal_id_key, a.deal_id),
    a.resource_id
  FROM rows_around(p_traces, p_spans, p_from, p_until, p_visible) a JOIN span_shapes s ON s.shape_id = a.shape_id $$;

-- What many spans share stands once in the dictionaries, and is taken apart there once. Pairs of a key and a value are
-- numbered, so that what is gathered for each unit is numbers.
CREATE OR REPLACE FUNCTION span_traits(
  p_traces text[], p_spans text[], p_first integer, p_from timestamptz, p_until timestamptz, p_visible text[] DEFAULT NULL,
  p_least integer DEFAULT 3)
RETURNS TABLE (key text, value text, units integer[], numbers double precision[])
  LANGUAGE sql STABLE SET work_mem = '32MB' AS $$
  WITH around AS MATERIALIZED (SELECT * FROM rows_around(p_traces, p_spans, p_from, p_until, p_visible)),
  own AS MATERIALIZED (SELECT unit, service FROM around WHERE depth = 0),
  shape AS MATERIALIZED (SELECT DISTINCT shape_id, unit FROM around),
  -- Of the resources of other services, their releases and machines.
  source AS MATERIALIZED (
    SELECT DISTINCT a.resource_id, CASE WHEN a.depth > 0 THEN a.service END AS other, a.unit
    FROM around a JOIN own USING (unit) WHERE a.depth = 0 OR a.service <> own.service
  ), pair AS MATERIALIZED (
    SELECT 'shape' AS of, s.shape_id AS ref, NULL AS other, NULL::int AS unit, p.key, p.value
    FROM span_shapes s CROSS JOIN LATERAL jsonb_each(s.attributes) p WHERE s.shape_id = ANY (ARRAY(SELECT DISTINCT shape_id FROM shape))
    UNION ALL
    SELECT 'source', r.resource_id, o.other, NULL, coalesce(o.other || '/', '') || p.key, p.value
    FROM (SELECT DISTINCT resource_id, other FROM source) o JOIN telemetry_resources r USING (resource_id)
    CROSS JOIN LATERAL jsonb_each(r.attributes) p
    WHERE o.other IS NULL OR p.key IN ('service.version', 'host.name', 'k8s.node.name', 'cloud.availability_zone')
    UNION ALL
    SELECT 'row', NULL, NULL, a.unit, p.key, p.value FROM around a CROSS JOIN LATERAL jsonb_each(a.attributes) p
    UNION ALL
    SELECT 'row', NULL, NULL, a.unit, c.key, to_jsonb(c.value)
    FROM around a JOIN span_shapes s ON s.shape_id = a.shape_id CROSS JOIN LATERAL (
      VALUES (s.request_id_key, a.request_id), (s.user_id_key, a.user_id), (s.deal_id_key, a.deal_id)) c (key, value)
    WHERE c.key IS NOT NULL AND c.value IS NOT NULL
  ), plain AS MATERIALIZED (
    SELECT of, ref, other, unit, key COLLATE "C" AS key, left(value #>> '{}', 200) COLLATE "C" AS value,
      CASE WHEN jsonb_typeof(value) = 'number' THEN (value #>> '{}')::float8 END AS number
    FROM pair WHERE jsonb_typeof(value) IN ('string', 'number', 'boolean')
  ), numbered AS MATERIALIZED (SELECT *, dense_rank() OVER (ORDER BY key, value) AS n FROM plain),
  hit AS MATERIALIZED (
    SELECT n, unit FROM numbered WHERE of = 'row'
    UNION
    SELECT d.n, s.unit FROM numbered d JOIN shape s ON s.shape_id = d.ref WHERE d.of = 'shape'
    UNION
    SELECT d.n, s.unit FROM numbered d JOIN source s ON s.resource_id = d.ref AND s.other IS NOT DISTINCT FROM d.other WHERE d.of = 'source'
  ), gathered AS (
    SELECT n, array_agg(unit ORDER BY unit) AS units FROM hit GROUP BY n HAVING count(*) FILTER (WHERE unit < p_first) >= p_least
  ), name AS MATERIALIZED (SELECT DISTINCT n, key, value, number FROM numbered)
  SELECT DISTINCT ON (n) key COLLATE "default", value COLLATE "default", units, NULL::float8[] FROM gathered JOIN name USING (n)
  UNION ALL
  SELECT key COLLATE "default", NULL, array_agg(unit ORDER BY unit, number), array_agg(number ORDER BY unit, number)
  FROM hit JOIN name USING (n) WHERE number IS NOT NULL
  GROUP BY key HAVING count(DISTINCT number) >= 8 AND count(*) FILTER (WHERE unit < p_first) >= p_least $$;

CREATE OR REPLACE FUNCTION operation_levels(
  p_service text, p_env text, p_before timestamptz, p_at timestamptz, p_until timestamptz, p_limit integer DEFAULT 3000)
RETURNS TABLE (
  operation text, kind text, calls text, p50_ms_before double precision, p50_ms double precision, p95_ms_before double precision,
  p95_ms double precision, failed_percent_before double precision, failed_percent double precision, sampled_before integer, sampled integer)
  LANGUAGE sql STABLE AS $$
  WITH shape AS MATERIALIZED (
    SELECT * FROM span_shapes WHERE service = p_service AND is_among(environment, environment_names(p_env))
  ), span AS MATERIALIZED (
    SELECT true AS since, s.* FROM spans_of_shapes(ARRAY(SELECT shape_id FROM shape), NULL, p_at, p_until, p_limit) s
    UNION ALL
    SELECT false, s.* FROM spans_of_shapes(ARRAY(SELECT shape_id FROM shape), NULL, p_before, p_at, p_limit) s
  ), level AS (
    SELECT p.since, coalesce(p.operation_name, s.operation_name) AS operation_name, s.kind,
      CASE WHEN s.kind NOT IN ('server', 'consumer') THEN coalesce(
        s.attributes->>'server.address', p.attributes->>'server.address', s.attributes->>'peer.service', p.attributes->>'peer.service',
        s.attributes->>'net.peer.name', p.attributes->>'net.peer.name') END AS calls,
      p.duration_ms, p.status = 'error' AS failed
    FROM span p JOIN shape s USING (shape_id)
  )
  SELECT operation_name, kind, calls,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT since))::numeric, 1)::float8,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE since))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT since))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE since))::numeric, 1)::float8,
    round(100.0 * count(*) FILTER (WHERE NOT since AND failed) / nullif(count(*) FILTER (WHERE NOT since), 0), 1)::float8,
    round(100.0 * count(*) FILTER (WHERE since AND failed) / nullif(count(*) FILTER (WHERE since), 0), 1)::float8,
    count(*) FILTER (WHERE NOT since)::int, count(*) FILTER (WHERE since)::int
  FROM level GROUP BY 1, 2, 3 $$;
