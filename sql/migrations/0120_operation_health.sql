-- What a service's operations were like, from the minutes that were counted as spans were stored. Only the minutes in which
-- the range begins, is parted and ends are read from the spans, so that counts are exact to the request.

-- The name that requests of a span's name are counted by, as red_series has it: itself, or itself with ids masked. Where
-- none is known it is counted with the others, or stands for itself.
CREATE FUNCTION counted_operation(p_name text, p_known text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    (SELECT k FROM unnest(p_known) k CROSS JOIN LATERAL regexp_replace(p_name, '^([^/]*/[^?#]*)[?#].*$', '\1') AS path
     WHERE k = p_name OR path LIKE regexp_replace(regexp_replace(k, '([\\%_])', '\\\1', 'g'), '<[a-z_]+>', '%', 'g')
     ORDER BY k = p_name DESC, length(k) DESC, k LIMIT 1),
    (SELECT k FROM unnest(p_known) k WHERE k = '(other)'), p_name) $$;

-- Requests of a service's operations before a moment and since, by part of the range and bucket of their duration (of a
-- sketch). Times are those of spans, or of the minutes that they were counted in.
CREATE FUNCTION operation_buckets(
  p_service text, p_env text, p_from timestamptz, p_at timestamptz, p_until timestamptz, p_parts integer)
RETURNS TABLE (
  operation text, since boolean, part integer, bucket integer, requests bigint, errors bigint, first_at timestamptz, last_at timestamptz)
  LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  series CONSTANT bigint[] := ARRAY(
    SELECT series_id FROM red_series WHERE service = p_service AND is_among(environment, environment_names(p_env)) AND kind IN ('server', 'consumer'));
  known CONSTANT text[] := ARRAY(SELECT DISTINCT operation FROM red_series WHERE series_id = ANY (series));
  shapes CONSTANT bigint[] := ARRAY(
    SELECT shape_id FROM span_shapes WHERE service = p_service AND is_among(environment, environment_names(p_env)) AND kind IN ('server', 'consumer'));
  first_minute CONSTANT timestamptz := date_trunc('minute', p_from);
  last_minute CONSTANT timestamptz := date_trunc('minute', p_until);
  seconds CONSTANT float8 := extract(epoch FROM p_until - p_from);
  read timestamptz[];
BEGIN
  -- Also the first and the last that it has any of: since when and until when there are requests is told to the request.
  SELECT ARRAY[first_minute, date_trunc('minute', p_at), last_minute, min(minute), max(minute)] INTO read
  FROM (SELECT minute, series_id FROM red_minutes UNION ALL SELECT minute, series_id FROM red_partials) m
  WHERE minute > first_minute AND minute < last_minute AND series_id = ANY (series);
  RETURN QUERY
  WITH counted AS (
    SELECT * FROM red_minutes WHERE minute > first_minute AND minute < last_minute AND series_id = ANY (series) AND minute <> ALL (read)
    UNION ALL
    SELECT * FROM red_partials WHERE minute > first_minute AND minute < last_minute AND series_id = ANY (series) AND minute <> ALL (read)
  ), placed AS (
    SELECT s.operation, c.minute > p_at AS since,
      least(p_parts - 1, floor(extract(epoch FROM c.minute - p_from + interval '30 seconds') / seconds * p_parts)::int) AS part,
      c.minute, c.sketch, c.error_sketch
    FROM counted c JOIN red_series s USING (series_id)
  ), own AS MATERIALIZED (
    SELECT coalesce(p.operation_name, s.operation_name) AS name, p.timestamp AS at, sketch_bucket(p.duration_ms) AS bucket, p.status = 'error' AS failed
    FROM (SELECT DISTINCT m FROM unnest(read) m WHERE m IS NOT NULL) edge
    CROSS JOIN LATERAL (
      SELECT timestamp, operation_name, shape_id, duration_ms, status FROM spans
      WHERE timestamp >= edge.m AND timestamp < edge.m + interval '1 minute' AND timestamp > p_from AND timestamp <= p_until
        -- By its time alone: the index of shapes finds those of all days.
        AND shape_id + 0 = ANY (shapes) OFFSET 0) p
    JOIN span_shapes s USING (shape_id)
  ), named AS (SELECT name, counted_operation(name, known) AS operation FROM (SELECT DISTINCT name FROM own) names),
  request AS (
    SELECT p.operation, p.since, p.part, ((e + 2147483648) >> 32)::int AS bucket, e - (((e + 2147483648) >> 32) << 32) AS requests, 0 AS errors,
      p.minute AS first_at, p.minute + interval '1 minute' AS last_at
    FROM placed p CROSS JOIN unnest(p.sketch) e
    UNION ALL
    SELECT p.operation, p.since, p.part, ((e + 2147483648) >> 32)::int, 0, e - (((e + 2147483648) >> 32) << 32), p.minute, p.minute + interval '1 minute'
    FROM placed p CROSS JOIN unnest(p.error_sketch) e
    UNION ALL
    SELECT n.operation, o.at > p_at, least(p_parts - 1, floor(extract(epoch FROM o.at - p_from) / seconds * p_parts)::int), o.bucket, 1, o.failed::int,
      o.at, o.at
    FROM own o JOIN named n USING (name)
  )
  SELECT operation, since, part, bucket, sum(requests)::bigint, sum(errors)::bigint, min(first_at), max(last_at) FROM request GROUP BY 1, 2, 3, 4;
END $$;
COMMENT ON FUNCTION operation_buckets IS 'requests of a service''s operations before a moment and since, by part of the range and bucket of duration';

CREATE OR REPLACE FUNCTION operation_health(
  p_service text, p_env text, p_from timestamptz, p_at timestamptz, p_until timestamptz, p_parts integer DEFAULT 12, p_limit integer DEFAULT 9)
RETURNS TABLE (
  operation text, requests integer, requests_before integer, per_minute double precision, per_minute_before double precision,
  errors integer, errors_before integer, error_percent double precision, error_percent_before double precision,
  p50_ms double precision, p50_ms_before double precision, p95_ms double precision, p95_ms_before double precision,
  p99_ms double precision, p99_ms_before double precision, first_seen timestamptz, last_seen timestamptz,
  requests_series integer[], errors_series integer[], p95_series double precision[])
  LANGUAGE sql STABLE AS $$
  -- A part is of several minutes, as it is minutes that are counted.
  WITH cut AS (SELECT least(p_parts, greatest(1, extract(epoch FROM p_until - p_from) / 300))::int AS parts),
  counted AS MATERIALIZED (SELECT b.* FROM cut CROSS JOIN LATERAL operation_buckets(p_service, p_env, p_from, p_at, p_until, cut.parts) b),
  side AS (
    SELECT operation, since, sum(requests)::int AS requests, sum(errors)::int AS errors, min(first_at) AS first_at, max(last_at) AS last_at,
      sketch_quantiles(array_agg((bucket::bigint << 32) + requests) FILTER (WHERE requests > 0), ARRAY[0.5, 0.95, 0.99]) AS p
    FROM counted GROUP BY 1, 2
  ), whole AS (SELECT min(first_at) AS first_at, max(last_at) AS last_at FROM side),
  part AS (
    SELECT operation, part, sum(requests)::int AS requests, sum(errors)::int AS errors,
      round((sketch_quantile(array_agg((bucket::bigint << 32) + requests) FILTER (WHERE requests > 0), 0.95))::numeric, 1)::float8 AS p95
    FROM counted GROUP BY 1, 2
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
  FROM top t CROSS JOIN whole w CROSS JOIN cut CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(x.requests, 0) ORDER BY i) AS requests, array_agg(coalesce(x.errors, 0) ORDER BY i) AS errors,
      array_agg(x.p95 ORDER BY i) AS p95
    FROM generate_series(0, cut.parts - 1) i LEFT JOIN part x ON x.operation = t.operation AND x.part = i) q
  ORDER BY t.changed DESC NULLS LAST, t.requests DESC, t.operation $$;
