-- Domain events: log records with an event_name that have a table of their own (docs/events.md). The exporter fills
-- them by the map in its configuration; what no column takes of a record is in `attributes`.
--
-- Indexed text is bounded by the exporter, as in 0001. Ids that a sender gives are unique together with the time only:
-- a hypertable's unique index must hold its time column.

CREATE TABLE buddy_observer_events (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL,
  product text NOT NULL,
  env text NOT NULL,
  severity text NOT NULL,
  type text NOT NULL,
  deal_id text,
  stage text,
  message text NOT NULL,
  fingerprint bigint,
  client_fingerprint text,
  context jsonb,
  error jsonb,
  error_type text,
  error_message text,
  error_stack text,
  trace_id text,
  request_id text,
  user_id text,
  release text,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL
);
COMMENT ON COLUMN buddy_observer_events.severity IS 'debug, info, warn, error or fatal';
COMMENT ON COLUMN buddy_observer_events.fingerprint IS 'ours: fingerprints.fingerprint';
COMMENT ON COLUMN buddy_observer_events.client_fingerprint IS 'what the sender called the problem';
CREATE INDEX idx_observer_time ON buddy_observer_events (created_at DESC);
CREATE INDEX idx_observer_deal ON buddy_observer_events (deal_id, created_at DESC) WHERE deal_id IS NOT NULL;
CREATE INDEX idx_observer_severity ON buddy_observer_events (severity, created_at DESC);
CREATE INDEX idx_observer_fingerprint ON buddy_observer_events (fingerprint, created_at DESC);
CREATE INDEX idx_observer_request_id ON buddy_observer_events (request_id, created_at) WHERE request_id IS NOT NULL;
CREATE INDEX idx_observer_trace_id ON buddy_observer_events (trace_id, created_at) WHERE trace_id IS NOT NULL;
-- Who may read and write is said with the roles (store/roles.ts); everyone else sees no row.
ALTER TABLE buddy_observer_events ENABLE ROW LEVEL SECURITY;

-- Which nodes may report. Filled by `sensorium nodes`, never by telemetry.
CREATE TABLE node_registry (
  node_id text PRIMARY KEY,
  name text NOT NULL,
  user_id text,
  environment text NOT NULL DEFAULT 'prod',
  key_hash text NOT NULL UNIQUE,
  heartbeat_interval_s integer NOT NULL DEFAULT 30,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  unseen_reported_for timestamptz
);
COMMENT ON COLUMN node_registry.key_hash IS 'SHA-256 of the key, in hex; the key itself is nowhere';
COMMENT ON COLUMN node_registry.unseen_reported_for IS 'the last sign of life after which the node''s silence was reported';

CREATE TABLE node_telemetry (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  node_id text NOT NULL,
  user_id text,
  type text NOT NULL,
  payload jsonb NOT NULL,
  node_version text,
  severity text NOT NULL,
  resolved boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  message text NOT NULL,
  error_type text,
  error_message text,
  error_stack text,
  fingerprint bigint,
  service text NOT NULL,
  environment text NOT NULL,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL
);
COMMENT ON COLUMN node_telemetry.type IS 'crash_report, connection_degraded, error or health';
COMMENT ON COLUMN node_telemetry.severity IS 'info, warning or critical';
CREATE INDEX idx_telemetry_time ON node_telemetry (created_at DESC);
CREATE INDEX idx_telemetry_node ON node_telemetry (node_id, created_at DESC);
CREATE INDEX idx_telemetry_unresolved ON node_telemetry (severity, created_at DESC) WHERE resolved = false AND severity <> 'info';
CREATE INDEX idx_telemetry_fingerprint ON node_telemetry (fingerprint, created_at DESC) WHERE severity <> 'info';

CREATE TABLE test_runs (
  timestamp timestamptz NOT NULL,
  run_id text NOT NULL,
  repository text NOT NULL,
  branch text NOT NULL,
  commit_sha text NOT NULL,
  source text NOT NULL,
  attempt integer NOT NULL,
  node_version text,
  package_manager text,
  pnpm_version text,
  lockfile_hash text,
  ci_provider text,
  total_tests integer NOT NULL,
  passed_tests integer NOT NULL,
  failed_tests integer NOT NULL,
  skipped_tests integer NOT NULL,
  duration_ms integer NOT NULL,
  triggered_selfheal boolean NOT NULL DEFAULT false,
  selfheal_proposal_id text,
  metadata jsonb,
  fingerprint bigint,
  environment text NOT NULL,
  service_version text,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL,
  PRIMARY KEY (run_id, timestamp)
);
COMMENT ON COLUMN test_runs.source IS 'local or ci';
COMMENT ON COLUMN test_runs.attempt IS '1 for the first; the CI''s count of tries of the same run';
CREATE INDEX idx_test_runs_time ON test_runs (timestamp DESC);
CREATE INDEX idx_test_runs_commit ON test_runs (commit_sha, source, timestamp DESC);
CREATE INDEX idx_test_runs_repo_branch ON test_runs (repository, branch, timestamp DESC);
CREATE INDEX idx_test_runs_failures ON test_runs (timestamp DESC) WHERE failed_tests > 0;

CREATE TABLE test_failures (
  timestamp timestamptz NOT NULL,
  failure_id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 100),
  run_id text NOT NULL,
  repository text NOT NULL,
  branch text,
  commit_sha text,
  test_name text NOT NULL,
  test_file text,
  suite_name text,
  outcome text NOT NULL,
  attempt integer NOT NULL,
  error_type text,
  error_message text NOT NULL,
  error_stack text,
  file_path text,
  line_number integer,
  fingerprint bigint,
  environment text NOT NULL,
  service_version text,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL
);
COMMENT ON COLUMN test_failures.outcome IS 'failed, or passed_on_retry: it failed in this attempt and passed in a later one';
CREATE INDEX idx_test_failures_time ON test_failures (timestamp DESC);
CREATE INDEX idx_test_failures_run ON test_failures (run_id, timestamp DESC);
CREATE INDEX idx_test_failures_test_name ON test_failures (test_name, timestamp DESC);
CREATE INDEX idx_test_failures_fingerprint ON test_failures (fingerprint, timestamp DESC);

CREATE TABLE lint_failures (
  timestamp timestamptz NOT NULL,
  failure_id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 100),
  run_id text NOT NULL,
  repository text NOT NULL,
  branch text,
  commit_sha text,
  tool text,
  rule text NOT NULL,
  severity text NOT NULL,
  message text NOT NULL,
  file_path text NOT NULL,
  line_number integer,
  column_number integer,
  source text,
  fingerprint bigint,
  environment text NOT NULL,
  service_version text,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL
);
COMMENT ON COLUMN lint_failures.source IS 'the line of code, from allow-listed folders only';
CREATE INDEX idx_lint_failures_time ON lint_failures (timestamp DESC);
CREATE INDEX idx_lint_failures_run ON lint_failures (run_id, timestamp DESC);
CREATE INDEX idx_lint_failures_rule ON lint_failures (rule, timestamp DESC);

CREATE TABLE build_events (
  timestamp timestamptz NOT NULL,
  event_id text NOT NULL,
  repository text NOT NULL,
  branch text NOT NULL,
  commit_sha text NOT NULL,
  event_type text NOT NULL,
  status text NOT NULL,
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms integer,
  ci_provider text,
  environment text NOT NULL,
  artifacts jsonb,
  metadata jsonb,
  error_message text,
  fingerprint bigint,
  service_version text,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL,
  PRIMARY KEY (event_id, timestamp)
);
COMMENT ON COLUMN build_events.event_type IS 'build_start, build_complete, deploy_start, deploy_complete or push';
COMMENT ON COLUMN build_events.status IS 'success, failure, cancelled or in_progress';
CREATE INDEX idx_builds_time ON build_events (timestamp DESC);
CREATE INDEX idx_builds_repo_branch ON build_events (repository, branch, timestamp DESC);
CREATE INDEX idx_builds_commit ON build_events (commit_sha);
CREATE INDEX idx_builds_status ON build_events (status, timestamp DESC);
CREATE INDEX idx_builds_fingerprint ON build_events (fingerprint, timestamp DESC) WHERE status = 'failure';
