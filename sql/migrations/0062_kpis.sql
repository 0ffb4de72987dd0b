-- Requests, errors, durations, uptime and apdex of hours and days, which are kept for ever: of services, and of their
-- operations. A job makes them from red_minutes, hours at :05, days at 00:15 UTC; what comes late has its hour and day
-- made anew. Sketches are kept, so that longer times and other questions can be answered without the minutes.

CREATE TABLE kpi_rollups_hourly (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  period_start timestamptz NOT NULL,
  period_end timestamptz NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  total_requests bigint NOT NULL,
  error_count bigint NOT NULL,
  error_rate double precision NOT NULL,
  avg_duration_ms double precision NOT NULL,
  p50_duration_ms double precision NOT NULL,
  p95_duration_ms double precision NOT NULL,
  p99_duration_ms double precision NOT NULL,
  uptime_percent double precision NOT NULL,
  apdex double precision NOT NULL,
  minutes integer NOT NULL,
  minutes_up integer NOT NULL,
  sketch bigint[] NOT NULL,
  error_sketch bigint[],
  rolled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (period_start, service, environment)
);
COMMENT ON TABLE kpi_rollups_hourly IS 'requests, errors, durations, uptime and apdex of services by the hour (UTC)';
COMMENT ON COLUMN kpi_rollups_hourly.error_rate IS 'of 0 to 1';
COMMENT ON COLUMN kpi_rollups_hourly.uptime_percent IS 'of the minutes with requests, those in which less than half failed';
COMMENT ON COLUMN kpi_rollups_hourly.apdex IS 'satisfied and half of the tolerating by all requests; a failed one is neither';
COMMENT ON COLUMN kpi_rollups_hourly.minutes IS 'with requests';
COMMENT ON COLUMN kpi_rollups_hourly.sketch IS 'of the durations: sketch_quantile, sketch_sum';
CREATE INDEX idx_kpi_hourly_service ON kpi_rollups_hourly (service, period_start DESC);

CREATE TABLE kpi_operations_hourly (LIKE kpi_rollups_hourly INCLUDING DEFAULTS);
ALTER TABLE kpi_operations_hourly ADD COLUMN operation text NOT NULL, ADD PRIMARY KEY (period_start, service, environment, operation);
COMMENT ON TABLE kpi_operations_hourly IS 'the same of each operation';
CREATE INDEX idx_kpi_operations_hourly_service ON kpi_operations_hourly (service, period_start DESC);

CREATE TABLE mv_kpis_daily (LIKE kpi_rollups_hourly INCLUDING DEFAULTS);
ALTER TABLE mv_kpis_daily ADD PRIMARY KEY (period_start, service, environment);
COMMENT ON TABLE mv_kpis_daily IS 'the same by the day (UTC)';
CREATE INDEX idx_kpis_daily_service ON mv_kpis_daily (service, period_start DESC);

CREATE TABLE kpi_operations_daily (LIKE kpi_operations_hourly INCLUDING DEFAULTS);
ALTER TABLE kpi_operations_daily ADD PRIMARY KEY (period_start, service, environment, operation);
COMMENT ON TABLE kpi_operations_daily IS 'the same of each operation by the day (UTC)';
CREATE INDEX idx_kpi_operations_daily_service ON kpi_operations_daily (service, period_start DESC);

-- Hours and days that hold something that their rows do not have yet.
CREATE TABLE kpi_stale (
  period text NOT NULL,
  period_start timestamptz NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (period, period_start)
);
COMMENT ON TABLE kpi_stale IS 'hours and days whose rollups are to be made, or made anew';
INSERT INTO kpi_stale (period, period_start)
SELECT DISTINCT 'hour', date_trunc('hour', minute, 'UTC') FROM request_minutes;

CREATE FUNCTION apdex(sketch bigint[], error_sketch bigint[], satisfied_ms double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (sketch_count_up_to(sketch, satisfied_ms) - coalesce(sketch_count_up_to(error_sketch, satisfied_ms), 0)
    + sketch_count_up_to(sketch, 4 * satisfied_ms) - coalesce(sketch_count_up_to(error_sketch, 4 * satisfied_ms), 0))
    / (2.0 * nullif(sketch_count(sketch), 0)) $$;
COMMENT ON FUNCTION apdex IS 'of 0 to 1: requests within satisfied_ms count whole, within four times that half, others and failed ones not at all';

-- The level between: what each operation's minutes come to.
CREATE FUNCTION kpi_operations(p_from timestamptz, p_until timestamptz, p_service text DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (
  service text, environment text, operation text, total_requests bigint, error_count bigint, duration_ms double precision,
  minutes integer, minutes_up integer, sketch bigint[], error_sketch bigint[])
  LANGUAGE sql STABLE AS $$
  SELECT service, environment, operation, sum(requests)::bigint, sum(errors)::bigint, sum(duration_ms), count(*)::int,
    count(*) FILTER (WHERE 2 * errors < requests)::int, sketch_sum(sketch), sketch_sum(error_sketch) FILTER (WHERE error_sketch IS NOT NULL)
  FROM (
    SELECT service, environment, operation, minute, sum(requests) AS requests, sum(errors) AS errors, sum(duration_ms) AS duration_ms,
      sketch_sum(sketch) AS sketch, sketch_sum(error_sketch) FILTER (WHERE error_sketch IS NOT NULL) AS error_sketch
    FROM request_minutes
    WHERE minute >= p_from AND minute < p_until AND is_request AND (p_service IS NULL OR service = p_service)
      AND is_among(environment, environment_names(p_env))
    GROUP BY 1, 2, 3, 4 HAVING sum(requests) > 0) m
  GROUP BY 1, 2, 3 $$;
COMMENT ON FUNCTION kpi_operations IS 'requests, errors, durations and minutes of operations in any time that there are minutes of';

CREATE FUNCTION kpi_service_minutes(p_from timestamptz, p_until timestamptz, p_service text DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (service text, environment text, minutes integer, minutes_up integer)
  LANGUAGE sql STABLE AS $$
  SELECT service, environment, count(*)::int, count(*) FILTER (WHERE 2 * errors < requests)::int
  FROM (
    SELECT service, environment, minute, sum(requests) AS requests, sum(errors) AS errors FROM request_minutes
    WHERE minute >= p_from AND minute < p_until AND is_request AND (p_service IS NULL OR service = p_service)
      AND is_among(environment, environment_names(p_env))
    GROUP BY 1, 2, 3 HAVING sum(requests) > 0) m
  GROUP BY 1, 2 $$;
COMMENT ON FUNCTION kpi_service_minutes IS 'minutes with requests, and those of them in which less than half failed';
