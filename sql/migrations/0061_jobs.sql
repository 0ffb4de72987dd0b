-- Work that one of all replicas does again and again: how far each job has come, and how its last turn went.
CREATE TABLE jobs (
  job text PRIMARY KEY,
  every_ms integer NOT NULL DEFAULT 0,
  watermark timestamptz,
  leader text,
  runs bigint NOT NULL DEFAULT 0,
  failures bigint NOT NULL DEFAULT 0,
  duration_ms double precision,
  succeeded_at timestamptz,
  failed_at timestamptz,
  failure text
);
COMMENT ON TABLE jobs IS 'work that one of all replicas does again and again, and how far it has come';
COMMENT ON COLUMN jobs.watermark IS 'all before it is done; it is written in the transaction of the work';
COMMENT ON COLUMN jobs.leader IS 'host and process of the last turn';
COMMENT ON COLUMN jobs.failure IS 'the last one, at failed_at';

CREATE VIEW job_lag AS
  SELECT job, every_ms, watermark, leader, runs, failures, duration_ms, succeeded_at, failed_at, failure,
    extract(epoch FROM now() - coalesce(watermark, succeeded_at))::double precision AS lag_s
  FROM jobs;
COMMENT ON VIEW job_lag IS 'jobs, and how many seconds each is behind now';
