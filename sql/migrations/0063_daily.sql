-- The other summaries of the seeds, by the minute and by the day, always in UTC, and the same on every database. What is
-- cheap to add up when it is asked for is a view; days of logs are added up once, by a job.

-- Metric points of a minute are nearly as few as its rows here would be. The minutes come first, and each is looked up by
-- its time, so a range of buckets reads that range alone.
CREATE VIEW metrics_1min AS
  SELECT b.bucket, m.metric_name, m.service, m.labels, m.avg_value, m.min_value, m.max_value, m.sample_count
  FROM generate_series(
    date_trunc('minute', (SELECT greatest(min(timestamp), now() - interval '1000 days') FROM metric_points), 'UTC'),
    (SELECT max(timestamp) FROM metric_points), interval '1 minute') AS b (bucket)
  CROSS JOIN LATERAL (
    SELECT s.metric_name, s.service, s.labels, avg(s.value) AS avg_value, min(s.value) AS min_value, max(s.value) AS max_value,
      count(*) AS sample_count
    FROM metrics_samples s WHERE s.timestamp >= b.bucket AND s.timestamp < b.bucket + interval '1 minute'
    GROUP BY 1, 2, 3) m;
COMMENT ON VIEW metrics_1min IS 'metric points by the minute: average, least, greatest and how many; ask for a range of bucket';

CREATE VIEW test_runs_daily AS
  SELECT date_trunc('day', timestamp, 'UTC') AS bucket, repository, branch, source, count(*) AS total_runs,
    sum(passed_tests) AS total_passed, sum(failed_tests) AS total_failed, avg(duration_ms) AS avg_duration
  FROM test_runs GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW test_runs_daily IS 'test runs by the day (UTC)';

CREATE VIEW daily_test_summary AS
  SELECT date_trunc('day', timestamp, 'UTC') AS day, repository, branch, source, count(*) AS test_runs,
    avg(passed_tests::double precision / nullif(total_tests, 0)) * 100 AS avg_pass_rate,
    sum(CASE WHEN failed_tests > 0 THEN 1 ELSE 0 END) AS runs_with_failures
  FROM test_runs GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW daily_test_summary IS 'the share of tests that passed, and runs with failures, by the day (UTC)';

-- Days of logs that are over and added up; they stay when the records have expired.
CREATE TABLE service_log_days (
  day timestamptz NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  error_count bigint NOT NULL,
  total_logs bigint NOT NULL,
  unique_requests bigint NOT NULL,
  PRIMARY KEY (day, service, environment)
);
COMMENT ON TABLE service_log_days IS 'log records of days that are over: ask daily_service_health, which has the others, too';

CREATE TABLE log_days (
  day timestamptz PRIMARY KEY,
  blocks bigint NOT NULL,
  records bigint NOT NULL
);
COMMENT ON TABLE log_days IS 'days that are in service_log_days, and how many blocks and records of them there were; more tells that something came late';

CREATE FUNCTION service_logs_of(p_from timestamptz, p_until timestamptz)
RETURNS TABLE (service text, environment text, error_count bigint, total_logs bigint, unique_requests bigint)
  LANGUAGE sql STABLE AS $$
  SELECT service, environment, count(*) FILTER (WHERE level IN ('error', 'fatal')), count(*), count(DISTINCT request_id)
  FROM application_logs WHERE timestamp >= p_from AND timestamp < p_until AND service IS NOT NULL GROUP BY 1, 2 $$;
COMMENT ON FUNCTION service_logs_of IS 'log records, errors and distinct requests of each service in some time';

CREATE VIEW daily_service_health AS
  SELECT day, service, environment, error_count, total_logs, unique_requests FROM service_log_days
  UNION ALL
  SELECT d.day, l.service, l.environment, l.error_count, l.total_logs, l.unique_requests
  FROM generate_series(
    date_trunc('day', (SELECT greatest(min(timestamp), now() - interval '1000 days') FROM logs), 'UTC'),
    (SELECT max(timestamp) FROM logs), interval '24 hours') AS d (day)
  CROSS JOIN LATERAL service_logs_of(d.day, d.day + interval '24 hours') l
  WHERE NOT EXISTS (SELECT FROM log_days r WHERE r.day = d.day);
COMMENT ON VIEW daily_service_health IS 'log records, errors and distinct requests of services by the day (UTC), the day at hand included';

-- What an agent proposed to mend, and what became of it.
CREATE TABLE selfheal_proposals (
  timestamp timestamptz NOT NULL,
  proposal_id text NOT NULL,
  trigger_type text NOT NULL,
  trigger_id text,
  pattern_id text NOT NULL,
  similar_incidents jsonb,
  confidence_score numeric(5, 2),
  description text NOT NULL,
  diffs jsonb NOT NULL,
  tests_to_run jsonb,
  risk_score numeric(5, 2),
  status text NOT NULL,
  pr_url text,
  validation_results jsonb,
  agent_model text,
  agent_context jsonb,
  PRIMARY KEY (proposal_id, timestamp)
);
COMMENT ON TABLE selfheal_proposals IS 'what was proposed to mend something, and what became of it';
COMMENT ON COLUMN selfheal_proposals.trigger_type IS 'test_failure, ci_failure, runtime_error or policy_violation';
COMMENT ON COLUMN selfheal_proposals.status IS 'proposed, pr_opened, merged, rejected, failed_validation or shadow';
CREATE INDEX idx_selfheal_pattern ON selfheal_proposals (pattern_id, timestamp DESC);
CREATE INDEX idx_selfheal_status ON selfheal_proposals (status, timestamp DESC);

CREATE VIEW selfheal_daily AS
  SELECT date_trunc('day', timestamp, 'UTC') AS bucket, trigger_type, count(*) AS total_proposals,
    count(*) FILTER (WHERE status = 'pr_opened') AS pr_opened, count(*) FILTER (WHERE status = 'merged') AS merged,
    count(*) FILTER (WHERE status = 'rejected') AS rejected, count(*) FILTER (WHERE status = 'failed_validation') AS failed_validation,
    avg(confidence_score) AS avg_confidence, avg(risk_score) AS avg_risk, count(DISTINCT pattern_id) AS patterns
  FROM selfheal_proposals GROUP BY 1, 2;
COMMENT ON VIEW selfheal_daily IS 'proposals by the day (UTC) and what set them off, and what became of them';
