-- What agents, Grafana and psql ask: the same views and functions for all.

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
COMMENT ON VIEW error_events IS 'every error of logs, spans, app events, nodes and tests, in the same columns';

-- People write prod where OpenTelemetry's convention says production. NULL and * are all of them.
CREATE FUNCTION environment_names(env text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN env IS NULL OR env = '*' THEN NULL
    WHEN lower(env) IN ('prod', 'production') THEN ARRAY['prod', 'production']
    WHEN lower(env) IN ('dev', 'development') THEN ARRAY['dev', 'development']
    WHEN lower(env) IN ('stage', 'staging') THEN ARRAY['stage', 'staging']
    ELSE ARRAY[env] END;

-- NULL is all. Planned as if it stood in the statement.
CREATE FUNCTION is_among(name text, names text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN names IS NULL OR name = ANY (names);

CREATE FUNCTION error_fingerprint_summary(
  p_env text DEFAULT 'prod', p_minutes integer DEFAULT 60, p_limit integer DEFAULT 10,
  p_services text[] DEFAULT NULL, p_until timestamptz DEFAULT now())
RETURNS TABLE (
  fingerprint text, group_id text, records bigint, first_seen timestamptz, last_seen timestamptz, is_new boolean,
  template text, services text[], stages text[], types text[], sources text[], sample_messages text[], deals bigint,
  sample_deal_ids text[], requests bigint, sample_request_ids text[], sample_trace_ids text[], sample_releases text[])
  LANGUAGE sql STABLE AS $$
  WITH found AS (
    SELECT * FROM error_events e
    WHERE e.timestamp > p_until - make_interval(mins => p_minutes) AND e.timestamp <= p_until
      AND e.fingerprint IS NOT NULL
      AND is_among(e.environment, environment_names(p_env))
      AND is_among(e.service, p_services)
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
    AND is_among(env, environment_names(p_env)) AND e.fingerprint IS NOT NULL
  GROUP BY e.fingerprint ORDER BY 2 DESC, 1 LIMIT p_limit $$;
COMMENT ON FUNCTION buddy_error_fingerprint_summary IS 'the same of application events alone';

-- All that happened to an entity, over every table: its own records, and those of the requests and traces that they name.
-- Everything is found by an index. Past the limit troubles stay, then what is newest; total counts all.
CREATE FUNCTION entity_timeline(
  p_kind text, p_id text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL,
  p_troubles_only boolean DEFAULT false, p_limit integer DEFAULT 1000)
RETURNS TABLE (
  "timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text,
  request_id text, trace_id text, span_id text, release text, fingerprint text, duration_ms double precision, total bigint)
  LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  deal text := CASE p_kind WHEN 'deal_id' THEN p_id END;
  node text := CASE p_kind WHEN 'node_id' THEN p_id END;
  usr text := CASE p_kind WHEN 'user_id' THEN p_id END;
  requests text[] := CASE p_kind WHEN 'request_id' THEN ARRAY[p_id] ELSE '{}' END;
  traces text[] := CASE p_kind WHEN 'trace_id' THEN ARRAY[p_id] ELSE '{}' END;
  troubles text[] := ARRAY['warn', 'warning', 'error', 'fatal', 'critical'];
BEGIN
  IF p_kind NOT IN ('deal_id', 'request_id', 'trace_id', 'node_id', 'user_id') THEN
    RAISE EXCEPTION 'p_kind is deal_id, request_id, trace_id, node_id or user_id, not %', p_kind;
  END IF;
  IF p_kind IN ('deal_id', 'user_id', 'request_id') THEN
    SELECT requests || coalesce(array_agg(DISTINCT q.request_id) FILTER (WHERE q.request_id IS NOT NULL AND p_kind <> 'request_id'), '{}'),
      coalesce(array_agg(DISTINCT q.trace_id) FILTER (WHERE q.trace_id IS NOT NULL), '{}')
    INTO requests, traces FROM (
      SELECT own.trace_id, own.request_id FROM (
        SELECT trace_id, request_id, severity AS level, created_at AS at FROM buddy_observer_events
        WHERE created_at BETWEEN p_from AND p_until AND is_among(product, p_services)
          AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests))
        UNION ALL
        SELECT trace_id, request_id, level, timestamp FROM application_logs
        WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
          AND ((context ? 'deal_id' AND context->>'deal_id' = deal) OR user_id = usr OR request_id = ANY (requests))
        UNION ALL
        SELECT trace_id, request_id, status, timestamp FROM trace_spans
        WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
          AND ((attributes ? 'deal_id' AND attributes->>'deal_id' = deal)
            OR (attributes ? 'user.id' AND attributes->>'user.id' = usr) OR request_id = ANY (requests))
      ) own GROUP BY 1, 2 ORDER BY bool_or(own.level = ANY (troubles)) DESC, max(own.at) DESC LIMIT 200
    ) q;
  END IF;
  RETURN QUERY SELECT * FROM (
    SELECT found.*, count(*) OVER () FROM (
      SELECT created_at AS timestamp, 'event' AS what, product AS service, severity AS level, type AS name, message, stage, deal_id,
        request_id, trace_id, NULL AS span_id, release, lpad(to_hex(fingerprint), 16, '0') AS fingerprint, NULL::float8 AS duration_ms
      FROM buddy_observer_events WHERE created_at BETWEEN p_from AND p_until AND is_among(product, p_services)
        AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION ALL
      SELECT timestamp, 'log', service, level, event_name, coalesce(error_message, message), NULL, context->>'deal_id', request_id,
        trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), NULL
      FROM application_logs WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND ((context ? 'deal_id' AND context->>'deal_id' = deal) OR user_id = usr OR request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION ALL
      SELECT timestamp, 'span', service, CASE status WHEN 'error' THEN 'error' ELSE 'info' END, operation_name, status_message, NULL,
        attributes->>'deal_id', request_id, trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), duration_ms
      FROM trace_spans WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND ((attributes ? 'deal_id' AND attributes->>'deal_id' = deal) OR (attributes ? 'user.id' AND attributes->>'user.id' = usr)
          OR request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION ALL
      SELECT created_at, 'node', service, severity, type, message, NULL, NULL, NULL, NULL, NULL, node_version,
        lpad(to_hex(fingerprint), 16, '0'), NULL
      FROM node_telemetry WHERE created_at BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND node_id = node
    ) found WHERE NOT p_troubles_only OR level = ANY (troubles)
    ORDER BY level = ANY (troubles) DESC NULLS LAST, timestamp DESC LIMIT p_limit
  ) kept ORDER BY timestamp, what;
END $$;
COMMENT ON FUNCTION entity_timeline IS 'all that happened to a deal, request, trace, node or user, in order of time';

-- Deploys and pushes that came as CI events, and log records of any sender that are named so.
CREATE VIEW deploy_events WITH (security_invoker = true) AS
  SELECT timestamp, repository AS service, event_type AS what, status, branch, left(commit_sha, 12) AS commit, environment,
    NULL AS release, coalesce(error_message, metadata->'commits'->0->>'message') AS title
  FROM build_events
  UNION ALL
  SELECT timestamp, service, event_name, coalesce(context->>'deployment.status', level), context->>'vcs.ref.head.name',
    left(context->>'vcs.ref.head.revision', 12), environment, service_version, coalesce(context->>'vcs.change.title', message)
  FROM application_logs WHERE event_name IN ('deployment', 'deploy', 'release', 'config.change', 'feature_flag.change');
COMMENT ON VIEW deploy_events IS 'deploys, builds, pushes and changes of configuration, whoever told of them';

-- The very first release of a service is no change of it.
CREATE VIEW release_changes WITH (security_invoker = true) AS
  SELECT r.first_seen, r.service, r.environment, r.release, p.release AS previous
  FROM service_releases r CROSS JOIN LATERAL (
    SELECT release FROM service_releases p WHERE p.service = r.service AND p.environment = r.environment AND p.first_seen < r.first_seen
    ORDER BY p.first_seen DESC LIMIT 1) p;
COMMENT ON VIEW release_changes IS 'when a service came with another release than before';

-- Problems that began or came back, of services; what is told of each is of the visible ones alone. NULL is all.
CREATE FUNCTION problem_changes(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL, p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  first_seen timestamptz, fingerprint text, status text, records double precision, first_release text, template text, services text[])
  LANGUAGE sql STABLE AS $$
  SELECT s.first_seen, lpad(to_hex(f.fingerprint), 16, '0'), f.status, s.records, s.first_release, f.template, s.services
  FROM fingerprints f CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT service) AS services, sum(records)::float8 AS records, min(first_seen) AS first_seen,
      (array_agg(first_release ORDER BY first_seen))[1] AS first_release
    FROM fingerprint_services p WHERE p.fingerprint = f.fingerprint AND is_among(service, p_visible)) s
  WHERE (f.kind = 'error' OR f.severity_number >= 17) AND (p_services IS NULL OR s.services && p_services)
    AND ((f.first_seen > p_from AND f.first_seen <= p_until) OR (f.status = 'regressed' AND f.last_seen > p_from AND f.first_seen <= p_until))
  ORDER BY s.records DESC $$;
COMMENT ON FUNCTION problem_changes IS 'problems that began or came back, the most frequent first';

-- Requests are what others ask of a service: server and consumer spans. The rate before is that of the time that there is
-- data of: a service that is new has no long past.
CREATE FUNCTION service_requests(
  p_service text, p_env text, p_before timestamptz, p_from timestamptz, p_until timestamptz DEFAULT now())
RETURNS TABLE (
  requests integer, per_minute double precision, per_minute_before double precision, minutes_before double precision, errors integer,
  error_percent double precision, error_percent_before double precision, p50_ms double precision, p95_ms double precision,
  p99_ms double precision, p50_ms_before double precision, p95_ms_before double precision, p99_ms_before double precision)
  LANGUAGE sql STABLE AS $$
  SELECT count(*) FILTER (WHERE now)::int,
    round((60 * count(*) FILTER (WHERE now) / nullif(extract(epoch FROM p_until - p_from), 0)), 2)::float8,
    round((60 * count(*) FILTER (WHERE NOT now) / nullif(extract(epoch FROM p_from - min(at) FILTER (WHERE NOT now)), 0)), 2)::float8,
    round((extract(epoch FROM p_from - min(at) FILTER (WHERE NOT now)) / 60), 1)::float8,
    count(*) FILTER (WHERE now AND failed)::int,
    round(100.0 * count(*) FILTER (WHERE now AND failed) / nullif(count(*) FILTER (WHERE now), 0), 2)::float8,
    round(100.0 * count(*) FILTER (WHERE NOT now AND failed) / nullif(count(*) FILTER (WHERE NOT now), 0), 2)::float8,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8,
    round((percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8,
    round((percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8
  FROM (SELECT duration_ms, timestamp AS at, timestamp > p_from AS now, status = 'error' AS failed FROM trace_spans
    WHERE service = p_service AND is_among(environment, environment_names(p_env))
      AND timestamp > p_before AND timestamp <= p_until AND kind IN ('server', 'consumer')) s $$;
COMMENT ON FUNCTION service_requests IS 'requests, errors and percentiles of a service, against the time right before';

-- What fills up: gauges whose names say so; those that changed most first.
CREATE FUNCTION service_saturation(
  p_service text, p_env text, p_before timestamptz, p_from timestamptz, p_until timestamptz DEFAULT now())
RETURNS TABLE (metric text, unit text, average double precision, maximum double precision, average_before double precision)
  LANGUAGE sql STABLE AS $$
  SELECT metric_name, unit, round(now::numeric, 3)::float8, round(most::numeric, 3)::float8, round(before::numeric, 3)::float8
  FROM (
    SELECT metric_name, unit, avg(value) FILTER (WHERE timestamp > p_from) AS now, max(value) FILTER (WHERE timestamp > p_from) AS most,
      avg(value) FILTER (WHERE timestamp <= p_from) AS before
    FROM metrics_samples
    WHERE service = p_service AND is_among(environment, environment_names(p_env))
      AND timestamp > p_before AND timestamp <= p_until AND value IS NOT NULL AND metric_type = 'gauge'
      AND metric_name ~* '(cpu|memory|heap|queue|pool|connections|utilization|saturation|pending|lag|delay)'
    GROUP BY 1, 2) m
  WHERE now IS NOT NULL ORDER BY abs(now - coalesce(before, 0)) / nullif(abs(before), 0) DESC NULLS LAST $$;
COMMENT ON FUNCTION service_saturation IS 'gauges of a service that say how full something is, those that changed most first';
