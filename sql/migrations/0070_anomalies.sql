-- What is unusual, and what of it belongs together. The detectors read counts of minutes (request_minutes,
-- fingerprint_minutes, metrics_1min), never spans or lines.

-- How often each problem and log group occurred in each minute: folded with the sightings (store/fingerprints/fold.ts).
CREATE TABLE fingerprint_minutes (
  minute timestamptz NOT NULL,
  fingerprint bigint NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  records bigint NOT NULL,
  PRIMARY KEY (minute, fingerprint, service, environment)
);
COMMENT ON TABLE fingerprint_minutes IS 'records of each fingerprint by minute: of the log line, or of the exception';

-- The seed's table, with its columns first.
CREATE TABLE anomalies (
  id uuid PRIMARY KEY,
  timestamp timestamptz NOT NULL,
  service text NOT NULL,
  metric_name text NOT NULL,
  anomaly_type text NOT NULL,
  severity text NOT NULL,
  current_value double precision NOT NULL,
  expected_value double precision NOT NULL,
  deviation_percent double precision NOT NULL,
  description text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  acknowledged boolean NOT NULL DEFAULT false,
  environment text NOT NULL,
  series_kind text NOT NULL,
  series_name text NOT NULL,
  started_at timestamptz NOT NULL,
  found_at timestamptz NOT NULL,
  peak_at timestamptz NOT NULL,
  ended_at timestamptz,
  chance double precision NOT NULL,
  again integer NOT NULL DEFAULT 0,
  became_usual boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  shared jsonb,
  shared_at timestamptz,
  changed_before jsonb NOT NULL DEFAULT '[]',
  acknowledged_by text,
  acknowledged_at timestamptz,
  acknowledged_why text,
  is_true boolean,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE anomalies IS 'one row for each time that something was unusual, however long it lasted';
COMMENT ON COLUMN anomalies.id IS 'a hash of the series, the metric and the start: the same in every process';
COMMENT ON COLUMN anomalies.timestamp IS 'when it was found; started_at is the first minute of it';
COMMENT ON COLUMN anomalies.metric_name IS 'error_rate, latency_p95 (ms), requests (a minute), records (of a problem, a minute), uptime, or a metric of the configuration';
COMMENT ON COLUMN anomalies.anomaly_type IS 'drift, regression, spike, drop, silence, sla_breach';
COMMENT ON COLUMN anomalies.current_value IS 'at its peak';
COMMENT ON COLUMN anomalies.series_kind IS 'service, operation, edge, problem, metric';
COMMENT ON COLUMN anomalies.series_name IS 'the operation, who is called, the fingerprint, the metric; empty for a whole service';
COMMENT ON COLUMN anomalies.chance IS 'how likely chance alone makes as much';
COMMENT ON COLUMN anomalies.again IS 'how often it began again soon after it had seemed over';
COMMENT ON COLUMN anomalies.became_usual IS 'it did not end: it lasted until it was what is usual';
COMMENT ON COLUMN anomalies.shared IS 'what the bad requests have in common and the good ones have not, the most telling first';
COMMENT ON COLUMN anomalies.changed_before IS 'deploys and changes of configuration shortly before it, the newest first';
COMMENT ON COLUMN anomalies.is_true IS 'what whoever acknowledged it said: worth telling, or a false alarm; NULL: did not say';
CREATE INDEX idx_anomalies_timestamp ON anomalies (timestamp DESC);
CREATE INDEX idx_anomalies_updated ON anomalies (updated_at);
CREATE INDEX idx_anomalies_open ON anomalies (started_at) WHERE ended_at IS NULL;

-- Levels of each hour of the week (index 1 is Monday 00:00 UTC), from the hourly rollups.
CREATE TABLE anomaly_baselines (
  environment text NOT NULL,
  service text NOT NULL,
  operation text NOT NULL,
  metric_name text NOT NULL,
  medians double precision[] NOT NULL,
  sigmas double precision[] NOT NULL,
  p95s double precision[] NOT NULL,
  counts integer[] NOT NULL,
  hours integer NOT NULL,
  ignored_hours integer NOT NULL,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (environment, service, operation, metric_name)
);
COMMENT ON TABLE anomaly_baselines IS 'what is usual at each of the 168 hours of the week, without known incidents: sensorium anomalies baseline';
COMMENT ON COLUMN anomaly_baselines.operation IS 'empty for the whole service';
COMMENT ON COLUMN anomaly_baselines.sigmas IS 'scaled median absolute deviations';
COMMENT ON COLUMN anomaly_baselines.counts IS 'hours that each level rests on';

CREATE TABLE slo_burns (
  id text PRIMARY KEY,
  objective text NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  was_muted boolean NOT NULL DEFAULT false,
  peak_rate double precision NOT NULL,
  budget_left double precision NOT NULL,
  description text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE slo_burns IS 'times in which the error budget of an objective burned too fast';
COMMENT ON COLUMN slo_burns.peak_rate IS 'how many times faster than the budget lasts for its period';
COMMENT ON COLUMN slo_burns.budget_left IS 'share of the budget left at the last change: 1 untouched, negative overspent';
CREATE INDEX idx_slo_burns_updated ON slo_burns (updated_at);

CREATE TABLE slo_status (
  objective text PRIMARY KEY,
  service text NOT NULL,
  environment text NOT NULL,
  target double precision NOT NULL,
  period_days double precision NOT NULL,
  total double precision NOT NULL,
  bad double precision NOT NULL,
  budget_left double precision NOT NULL,
  burning text,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE slo_status IS 'each objective of config/alerts.yaml now: events of its period, and what is left of its error budget';

CREATE TABLE incidents (
  id text PRIMARY KEY,
  environment text NOT NULL,
  state text NOT NULL,
  severity text NOT NULL,
  title text NOT NULL,
  service text NOT NULL,
  operation text,
  dependency text,
  fingerprint text,
  began_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  active_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by text,
  acknowledged_by text,
  acknowledged_at timestamptz,
  acknowledged_why text,
  is_true boolean,
  shared jsonb,
  shared_at timestamptz,
  changed_before jsonb NOT NULL DEFAULT '[]',
  entities_hit integer,
  owner text,
  timeline jsonb NOT NULL DEFAULT '[]',
  because text NOT NULL,
  revision integer NOT NULL,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE incidents IS 'findings that belong together in time and on the service map';
COMMENT ON COLUMN incidents.state IS 'open, acknowledged, resolved';
COMMENT ON COLUMN incidents.service IS 'the suspected origin: the others rest on it';
COMMENT ON COLUMN incidents.dependency IS 'whom the origin calls, where only those calls go wrong';
COMMENT ON COLUMN incidents.because IS 'the member that says most about the origin';
COMMENT ON COLUMN incidents.shared IS 'what the failing requests have in common and the good ones have not, the most telling first';
CREATE INDEX idx_incidents_opened ON incidents (opened_at DESC);
CREATE INDEX idx_incidents_open ON incidents (environment) WHERE state <> 'resolved';

CREATE TABLE incident_members (
  incident_id text NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  finding_id text NOT NULL,
  kind text NOT NULL,
  role text NOT NULL,
  service text NOT NULL,
  severity text NOT NULL,
  began_at timestamptz NOT NULL,
  ended_at timestamptz,
  description text NOT NULL,
  finding jsonb NOT NULL,
  PRIMARY KEY (incident_id, finding_id)
);
COMMENT ON TABLE incident_members IS 'the findings of an incident: origin, explained (rests on the origin), related';
CREATE INDEX idx_incident_members_finding ON incident_members (finding_id);

-- Findings that are to be told: written with what they tell of, deleted once they are stored downstream.
CREATE TABLE reflex_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  receiver text NOT NULL,
  batch_id text NOT NULL,
  finding jsonb NOT NULL
);
COMMENT ON TABLE reflex_outbox IS 'findings that are not handed on yet';
