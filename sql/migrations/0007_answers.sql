-- What agents, Grafana and psql ask.

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
CREATE INDEX idx_observer_user_id ON buddy_observer_events (user_id, created_at) WHERE user_id IS NOT NULL;

-- Every error, whatever table it is in. security_invoker: who asks sees what that role may see of each table.
CREATE VIEW error_events WITH (security_invoker = true) AS
  SELECT 'application_logs' AS source, timestamp, service, environment, service_version AS release, fingerprint,
    coalesce(event_name, 'log') AS type, error_type, coalesce(error_message, message) AS message, error_stack,
    context->>'deal_id' AS deal_id, context->>'stage' AS stage, request_id, trace_id, user_id, NULL AS node_id, NULL AS run_id
  FROM application_logs WHERE level IN ('error', 'fatal')
  UNION ALL
  SELECT 'trace_spans', timestamp, service, environment, service_version, fingerprint,
    operation_name, e.value->'attributes'->>'exception.type', coalesce(e.value->'attributes'->>'exception.message', status_message, ''),
    e.value->'attributes'->>'exception.stacktrace',
    attributes->>'deal_id', NULL, request_id, trace_id, attributes->>'user.id', NULL, NULL
  FROM trace_spans LEFT JOIN LATERAL (
    SELECT value FROM jsonb_array_elements(events) WHERE value->>'name' = 'exception' LIMIT 1) e ON true
  WHERE status = 'error' AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'buddy_observer_events', created_at, product, env, release, fingerprint, type, error_type,
    coalesce(error_message, message), error_stack, deal_id, stage, request_id, trace_id, user_id, NULL, NULL
  FROM buddy_observer_events WHERE severity IN ('error', 'fatal')
  UNION ALL
  SELECT 'node_telemetry', created_at, service, environment, node_version, fingerprint, type, error_type,
    coalesce(error_message, message), error_stack, NULL, NULL, NULL, NULL, user_id, node_id, NULL
  FROM node_telemetry WHERE severity <> 'info'
  UNION ALL
  SELECT 'test_failures', timestamp, repository, environment, service_version, fingerprint, test_name, error_type,
    error_message, error_stack, NULL, NULL, NULL, NULL, NULL, NULL, run_id
  FROM test_failures WHERE outcome = 'failed';

-- People write prod where OpenTelemetry's convention says production. NULL and * are all of them.
CREATE FUNCTION environment_names(env text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN env IS NULL OR env = '*' THEN NULL
    WHEN lower(env) IN ('prod', 'production') THEN ARRAY['prod', 'production']
    WHEN lower(env) IN ('dev', 'development') THEN ARRAY['dev', 'development']
    WHEN lower(env) IN ('stage', 'staging') THEN ARRAY['stage', 'staging']
    ELSE ARRAY[env] END;

CREATE FUNCTION error_fingerprint_summary(
  p_env text DEFAULT 'prod', p_minutes integer DEFAULT 60, p_limit integer DEFAULT 10,
  p_service text DEFAULT NULL, p_until timestamptz DEFAULT now())
RETURNS TABLE (
  fingerprint text, group_id text, records bigint, first_seen timestamptz, last_seen timestamptz, is_new boolean,
  template text, services text[], stages text[], types text[], sources text[], sample_messages text[], deals bigint,
  sample_deal_ids text[], requests bigint, sample_request_ids text[], sample_trace_ids text[], sample_releases text[])
  LANGUAGE sql STABLE AS $$
  WITH found AS (
    SELECT * FROM error_events e
    WHERE e.timestamp > p_until - make_interval(mins => p_minutes) AND e.timestamp <= p_until
      AND e.fingerprint IS NOT NULL
      AND (environment_names(p_env) IS NULL OR e.environment = ANY (environment_names(p_env)))
      AND (p_service IS NULL OR e.service = p_service)
  ), top AS (
    SELECT found.fingerprint AS id, count(*) AS records, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM found GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT p_limit
  )
  SELECT lpad(to_hex(top.id), 16, '0'), lpad(to_hex(coalesce(f.group_id, top.id)), 16, '0'), top.records,
    top.first_seen, top.last_seen, f.first_seen >= p_until - make_interval(mins => p_minutes), f.template, s.*
  FROM top LEFT JOIN fingerprints f ON f.fingerprint = top.id CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT service), array_agg(DISTINCT stage) FILTER (WHERE stage IS NOT NULL),
      array_agg(DISTINCT type), array_agg(DISTINCT source),
      (array_agg(DISTINCT left(message, 300)))[1:3],
      count(DISTINCT deal_id), (array_agg(DISTINCT deal_id) FILTER (WHERE deal_id IS NOT NULL))[1:10],
      count(DISTINCT request_id), (array_agg(DISTINCT request_id) FILTER (WHERE request_id IS NOT NULL))[1:5],
      (array_agg(DISTINCT trace_id) FILTER (WHERE trace_id IS NOT NULL))[1:5],
      (array_agg(DISTINCT release) FILTER (WHERE release IS NOT NULL))[1:5]
    FROM found WHERE found.fingerprint = top.id
  ) s ORDER BY top.records DESC, top.id $$;
COMMENT ON FUNCTION error_fingerprint_summary IS 'the most frequent problems of the last minutes, over every table';

CREATE FUNCTION buddy_error_fingerprint_summary(p_env text DEFAULT 'prod', p_minutes integer DEFAULT 60, p_limit integer DEFAULT 10)
RETURNS TABLE (
  fingerprint text, count bigint, first_seen timestamptz, last_seen timestamptz, stages text[], types text[],
  sample_messages text[], sample_deal_ids text[], sample_releases text[])
  LANGUAGE sql STABLE AS $$
  SELECT lpad(to_hex(e.fingerprint), 16, '0'), count(*), min(created_at), max(created_at),
    array_agg(DISTINCT stage) FILTER (WHERE stage IS NOT NULL), array_agg(DISTINCT type),
    (array_agg(DISTINCT left(message, 300)))[1:3],
    (array_agg(DISTINCT deal_id) FILTER (WHERE deal_id IS NOT NULL))[1:10],
    (array_agg(DISTINCT release) FILTER (WHERE release IS NOT NULL))[1:5]
  FROM buddy_observer_events e
  WHERE severity IN ('error', 'fatal') AND created_at > now() - make_interval(mins => p_minutes)
    AND (environment_names(p_env) IS NULL OR env = ANY (environment_names(p_env))) AND e.fingerprint IS NOT NULL
  GROUP BY e.fingerprint ORDER BY 2 DESC, 1 LIMIT p_limit $$;
COMMENT ON FUNCTION buddy_error_fingerprint_summary IS 'the same of application events alone';

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
