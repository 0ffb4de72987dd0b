-- The hour and the day at hand have their figures, too: whoever looks in the first hour, or at today, sees what there is so
-- far. Rollups hold what is over, as before; the hour at hand is beside them, made every few minutes while it goes on.

CREATE TABLE kpi_hours_at_hand (LIKE kpi_rollups_hourly INCLUDING DEFAULTS);
ALTER TABLE kpi_hours_at_hand ADD PRIMARY KEY (period_start, service, environment);
COMMENT ON TABLE kpi_hours_at_hand IS 'services in hours that are not rolled up yet, as far as they have gone: ask kpi_hours';

CREATE VIEW kpi_hours AS
  SELECT * FROM kpi_rollups_hourly
  UNION ALL
  SELECT * FROM kpi_hours_at_hand h WHERE NOT EXISTS (SELECT FROM kpi_rollups_hourly k WHERE k.period_start = h.period_start);
COMMENT ON VIEW kpi_hours IS 'requests, errors, durations, uptime and apdex of services by the hour (UTC), the hour at hand included';

CREATE VIEW kpi_days AS
  SELECT period_start, period_end, service, environment, total_requests, error_count, error_rate, avg_duration_ms,
    p50_duration_ms, p95_duration_ms, p99_duration_ms, uptime_percent, apdex
  FROM mv_kpis_daily
  UNION ALL
  SELECT day, day + interval '24 hours', service, environment, requests, errors, errors::float8 / requests, duration_ms / requests,
    q[1], q[2], q[3], coalesce(100.0 * minutes_up / nullif(minutes, 0), 100), apdex
  FROM (
    SELECT date_trunc('day', period_start, 'UTC') AS day, service, environment, sum(total_requests)::bigint AS requests,
      sum(error_count)::bigint AS errors, sum(avg_duration_ms * total_requests) AS duration_ms, sum(minutes) AS minutes,
      sum(minutes_up) AS minutes_up, sum(apdex * total_requests) / sum(total_requests) AS apdex, sketch_sum(sketch) AS sketch
    FROM kpi_hours WHERE period_start >= coalesce((SELECT max(period_end) FROM mv_kpis_daily), '-infinity')
    GROUP BY 1, 2, 3) d
  CROSS JOIN LATERAL sketch_quantiles(d.sketch, '{0.5,0.95,0.99}') q;
COMMENT ON VIEW kpi_days IS 'the same by the day (UTC), the day at hand as far as it has gone';
