-- What answers are made of: releases, indexes, tokens, the audit log.

-- Which release of a service was seen when: every log record and every error names one (fold.ts).
CREATE TABLE service_releases (
  service text NOT NULL,
  environment text NOT NULL,
  release text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (service, environment, release)
);
CREATE INDEX idx_service_releases_first_seen ON service_releases (first_seen);

CREATE INDEX idx_logs_user_id ON application_logs (user_id, timestamp) WHERE user_id IS NOT NULL;
CREATE INDEX idx_logs_event_name ON application_logs (event_name, timestamp) WHERE event_name IS NOT NULL;
CREATE INDEX idx_logs_deal_id ON application_logs ((context->>'deal_id'), timestamp) WHERE context ? 'deal_id';
CREATE INDEX idx_traces_deal_id ON trace_spans ((attributes->>'deal_id'), timestamp) WHERE attributes ? 'deal_id';
CREATE INDEX idx_traces_user_id ON trace_spans ((attributes->>'user.id'), timestamp) WHERE attributes ? 'user.id';
CREATE INDEX idx_observer_user_id ON buddy_observer_events (user_id, created_at) WHERE user_id IS NOT NULL;

-- Who may ask over HTTP. The token itself is nowhere.
CREATE TABLE access_tokens (
  token_id text PRIMARY KEY,
  name text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  services text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
COMMENT ON COLUMN access_tokens.services IS 'services and products that may be seen; NULL is all';

-- The audit log: every question of an agent, an event like any other (mcp.call).
CREATE TABLE mcp_calls (
  timestamp timestamptz NOT NULL,
  principal text NOT NULL,
  tool text NOT NULL,
  arguments jsonb,
  outcome text NOT NULL,
  rows integer NOT NULL,
  tokens integer NOT NULL,
  duration_ms double precision NOT NULL,
  error_message text,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  fingerprint bigint,
  attributes jsonb NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL
);
COMMENT ON COLUMN mcp_calls.outcome IS 'answered, empty, refused or failed';
CREATE INDEX idx_mcp_calls_time ON mcp_calls (timestamp DESC);

COMMENT ON TABLE application_logs IS 'log records: message, level, trace and request ids, attributes in context; app, node, CI and debug events, too';
COMMENT ON TABLE trace_spans IS 'spans: operation_name, duration_ms, status, parent_span_id, attributes, events with their exceptions';
COMMENT ON TABLE metrics_samples IS 'metric points: metric_name, value, labels';
COMMENT ON TABLE fingerprints IS 'distinct problems and log templates: how often, since when, status';
COMMENT ON TABLE fingerprint_services IS 'where each fingerprint was seen, and how often there';
COMMENT ON VIEW fingerprint_counts IS 'fingerprint_services with what is not folded yet';
COMMENT ON TABLE buddy_observer_events IS 'application events of all products: deals, stages, errors';
COMMENT ON TABLE node_registry IS 'nodes that may report';
COMMENT ON TABLE node_telemetry IS 'crash reports, errors and heartbeats of nodes';
COMMENT ON TABLE test_runs IS 'test runs, in CI and local, with their environment';
COMMENT ON TABLE test_failures IS 'failed tests, and those that passed on a retry (outcome)';
COMMENT ON TABLE lint_failures IS 'findings of linters and type checkers';
COMMENT ON TABLE build_events IS 'builds, pushes and deploys of repositories';
COMMENT ON TABLE service_releases IS 'which release of a service was seen when';
COMMENT ON TABLE mcp_calls IS 'what agents asked: who, which tool, with what, how long';
