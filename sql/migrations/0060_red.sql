-- Requests, errors and durations (RED) of each minute. Exporters count them as they write the spans and add rows to
-- red_partials, in the same transaction: exactly once, and no row is hot. A job merges these into red_minutes, one row
-- for each minute and series. request_minutes shows both, so its sums are right at every moment.

CREATE TABLE red_series (
  series_id bigint PRIMARY KEY,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  operation text NOT NULL,
  kind text NOT NULL,
  peer_kind text,
  peer text,
  last_used date NOT NULL
);
COMMENT ON TABLE red_series IS 'what red_minutes counts by; the id is a hash of the row';
COMMENT ON COLUMN red_series.operation IS 'the span''s name with ids masked; (other) past the limit of names for a service';
COMMENT ON COLUMN red_series.kind IS 'server, consumer: requests; internal, unspecified: requests, too, of spans without a parent; client, producer: calls';
COMMENT ON COLUMN red_series.peer_kind IS 'of calls and consumed messages: service, database, queue or external';
COMMENT ON COLUMN red_series.peer IS 'who is called, as the span''s own attributes say: a service, system/database, system/destination, host:port';
CREATE INDEX idx_red_series_service ON red_series (service, environment);

CREATE TABLE red_partials (
  minute timestamptz NOT NULL,
  series_id bigint NOT NULL,
  requests integer NOT NULL,
  errors integer NOT NULL,
  duration_ms double precision NOT NULL,
  sketch bigint[] NOT NULL,
  error_sketch bigint[],
  trace_id bytea
);
COMMENT ON TABLE red_partials IS 'what committed requests held of each minute and series and is not merged into red_minutes yet';
CREATE INDEX idx_red_partials_minute ON red_partials (minute);

CREATE TABLE red_minutes (
  minute timestamptz NOT NULL,
  series_id bigint NOT NULL,
  requests integer NOT NULL,
  errors integer NOT NULL,
  duration_ms double precision NOT NULL,
  sketch bigint[] NOT NULL,
  error_sketch bigint[],
  trace_id bytea,
  PRIMARY KEY (minute, series_id)
);
COMMENT ON TABLE red_minutes IS 'requests, errors and durations of each minute and series; what is not merged yet is in red_partials: ask request_minutes';
COMMENT ON COLUMN red_minutes.duration_ms IS 'the sum';
COMMENT ON COLUMN red_minutes.sketch IS 'of the durations in ms: sketch_quantile, sketch_sum';
COMMENT ON COLUMN red_minutes.error_sketch IS 'of those that failed; NULL where none did';
COMMENT ON COLUMN red_minutes.trace_id IS 'one of the traces, one that failed if any did';

-- Sketches: DDSketch with buckets that grow by 2^(1/35), so every quantile is within 1 % (analysis/statistics/sketch.ts
-- does the same). An element is bucket * 2^32 + count. Two sketches merge by ||: a bucket may stand in it several times.

CREATE FUNCTION sketch_bucket(value double precision) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN value > power(2::double precision, -1051 / 35.0::double precision) AND value <> 'NaN'
    THEN least(ceil(ln(least(value, 1e30)) / ln(2::double precision) * 35), 1505)::integer ELSE -1100 END;
COMMENT ON FUNCTION sketch_bucket IS 'the bucket of a sketch that a value is counted in';

CREATE FUNCTION sketch_bucket_value(bucket integer) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN bucket = -1100 THEN 0 ELSE power(2::double precision, bucket / 35.0::double precision) * 2 / (1 + power(2::double precision, 1 / 35.0::double precision)) END;
COMMENT ON FUNCTION sketch_bucket_value IS 'what stands for all values of a bucket';

CREATE FUNCTION sketch_buckets(sketch bigint[]) RETURNS TABLE (bucket integer, count bigint)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 50 AS $$
  SELECT ((e + 2147483648) >> 32)::integer, sum(e - (((e + 2147483648) >> 32) << 32))::bigint
  FROM unnest(sketch) e GROUP BY 1 HAVING sum(e - (((e + 2147483648) >> 32) << 32)) <> 0 ORDER BY 1 $$;
COMMENT ON FUNCTION sketch_buckets IS 'a sketch as rows: how many values are in which bucket';

CREATE FUNCTION sketch_compact(sketch bigint[]) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN sketch IS NOT NULL THEN
    ARRAY(SELECT (bucket::bigint << 32) + count FROM sketch_buckets(sketch) ORDER BY bucket) END $$;
COMMENT ON FUNCTION sketch_compact IS 'the same sketch with each bucket once';

CREATE FUNCTION sketch_add(state bigint[], sketch bigint[]) RETURNS bigint[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF cardinality(state) > 4096 THEN state := sketch_compact(state); END IF;
  RETURN state || sketch;
END $$;
CREATE AGGREGATE sketch_sum(bigint[]) (
  SFUNC = sketch_add, STYPE = bigint[], FINALFUNC = sketch_compact, COMBINEFUNC = sketch_add, PARALLEL = SAFE);
COMMENT ON AGGREGATE sketch_sum(bigint[]) IS 'merges sketches';

CREATE FUNCTION sketch_quantiles(sketch bigint[], quantiles double precision[]) RETURNS double precision[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  WITH b AS MATERIALIZED (SELECT bucket, sum(count) OVER (ORDER BY bucket) AS passed FROM sketch_buckets(sketch)),
  t AS MATERIALIZED (SELECT max(passed) AS total FROM b)
  SELECT array_agg(lower.value + (upper.value - lower.value) * (q.rank - floor(q.rank)) ORDER BY q.i)
  FROM t CROSS JOIN LATERAL (SELECT i, quantile * (t.total - 1)::double precision AS rank FROM unnest(quantiles) WITH ORDINALITY AS u (quantile, i)) q
  CROSS JOIN LATERAL (SELECT sketch_bucket_value(bucket) AS value FROM b WHERE passed > floor(q.rank) ORDER BY passed LIMIT 1) lower
  CROSS JOIN LATERAL (SELECT sketch_bucket_value(bucket) AS value FROM b WHERE passed > ceil(q.rank) ORDER BY passed LIMIT 1) upper $$;
COMMENT ON FUNCTION sketch_quantiles IS 'quantiles of a sketch, each within 1 % of what percentile_cont says of the values; NULL of an empty one';

CREATE FUNCTION sketch_quantile(sketch bigint[], quantile double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (sketch_quantiles(sketch, ARRAY[quantile]))[1];
COMMENT ON FUNCTION sketch_quantile IS 'one quantile of a sketch, 0.95 say, within 1 % of what percentile_cont says of the values';

CREATE FUNCTION sketch_count(sketch bigint[]) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(sum(e - (((e + 2147483648) >> 32) << 32)), 0)::bigint FROM unnest(sketch) e $$;
COMMENT ON FUNCTION sketch_count IS 'how many values a sketch is of';

CREATE FUNCTION sketch_count_up_to(sketch bigint[], value double precision) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(sum(e - (((e + 2147483648) >> 32) << 32)), 0)::bigint FROM unnest(sketch) e
  WHERE (e + 2147483648) >> 32 <= (SELECT sketch_bucket(value)) $$;
COMMENT ON FUNCTION sketch_count_up_to IS 'how many values are not above a value, those of its own bucket (1 % apart) counted in';

CREATE VIEW request_minutes AS
  SELECT r.minute, s.service, s.environment, s.service_version AS release, s.operation, s.kind,
    s.kind NOT IN ('client', 'producer') AS is_request, s.peer_kind, s.peer, r.requests, r.errors, r.duration_ms, r.sketch,
    r.error_sketch, encode(r.trace_id, 'hex') AS trace_id, r.series_id
  FROM (SELECT * FROM red_minutes UNION ALL SELECT * FROM red_partials) r JOIN red_series s USING (series_id);
COMMENT ON VIEW request_minutes IS 'requests and calls of each minute, counted as spans were stored; several rows of a minute and series add up';
COMMENT ON COLUMN request_minutes.is_request IS 'served (server, consumer, spans without a parent), not called (client, producer)';
COMMENT ON COLUMN request_minutes.duration_ms IS 'the sum';

CREATE FUNCTION service_minutes(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_service text DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (
  minute timestamptz, service text, environment text, requests bigint, errors bigint, avg_ms double precision,
  p50_ms double precision, p95_ms double precision, p99_ms double precision, sketch bigint[], error_sketch bigint[], trace_id text)
  LANGUAGE sql STABLE AS $$
  SELECT m.minute, m.service, m.environment, m.requests, m.errors, m.duration_ms / nullif(m.requests, 0), q[1], q[2], q[3],
    m.sketch, m.error_sketch, m.trace_id
  FROM (
    SELECT minute, service, environment, sum(requests) AS requests, sum(errors) AS errors, sum(duration_ms) AS duration_ms,
      sketch_sum(sketch) AS sketch, sketch_sum(error_sketch) AS error_sketch, (array_agg(trace_id ORDER BY errors DESC))[1] AS trace_id
    FROM request_minutes
    WHERE minute >= p_from AND minute < p_until AND is_request AND (p_service IS NULL OR service = p_service)
      AND is_among(environment, environment_names(p_env))
    GROUP BY 1, 2, 3
  ) m CROSS JOIN LATERAL sketch_quantiles(m.sketch, ARRAY[0.5, 0.95, 0.99]) q $$;
COMMENT ON FUNCTION service_minutes IS 'requests, errors and durations of services, minute by minute';

CREATE FUNCTION operation_minutes(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_service text DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (
  minute timestamptz, service text, environment text, operation text, requests bigint, errors bigint, avg_ms double precision,
  p50_ms double precision, p95_ms double precision, p99_ms double precision, sketch bigint[], error_sketch bigint[], trace_id text)
  LANGUAGE sql STABLE AS $$
  SELECT m.minute, m.service, m.environment, m.operation, m.requests, m.errors, m.duration_ms / nullif(m.requests, 0),
    q[1], q[2], q[3], m.sketch, m.error_sketch, m.trace_id
  FROM (
    SELECT minute, service, environment, operation, sum(requests) AS requests, sum(errors) AS errors, sum(duration_ms) AS duration_ms,
      sketch_sum(sketch) AS sketch, sketch_sum(error_sketch) AS error_sketch, (array_agg(trace_id ORDER BY errors DESC))[1] AS trace_id
    FROM request_minutes
    WHERE minute >= p_from AND minute < p_until AND is_request AND (p_service IS NULL OR service = p_service)
      AND is_among(environment, environment_names(p_env))
    GROUP BY 1, 2, 3, 4
  ) m CROSS JOIN LATERAL sketch_quantiles(m.sketch, ARRAY[0.5, 0.95, 0.99]) q $$;
COMMENT ON FUNCTION operation_minutes IS 'requests, errors and durations of operations, minute by minute';
