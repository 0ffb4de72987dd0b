-- Small rows. What many records have in common is kept once, in a dictionary under the hash of its content; a row has the
-- rest. application_logs, trace_spans and metrics_samples are how people read it (docs/decisions/rows-and-shapes.md).
--
-- Rows stand in `logs`, `spans` and `metric_points`, where the exporter copies them. Columns are in the order in which
-- they take the least padding. Every index says which question needs it; where many rows share a key, the time is left
-- out of it, so that Postgres keeps the key once for all of them, and the BRIN index on time narrows the pages.

CREATE TABLE span_shapes (
  shape_id bigint PRIMARY KEY,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  operation_name text,
  kind text NOT NULL,
  flags bigint NOT NULL,
  attributes jsonb NOT NULL,
  request_id_key text,
  user_id_key text,
  deal_id_key text,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL,
  last_used date NOT NULL
);
COMMENT ON TABLE span_shapes IS 'what many spans have in common: read trace_spans';
COMMENT ON COLUMN span_shapes.request_id_key IS 'the attribute that is kept as the column request_id of its rows';
COMMENT ON COLUMN span_shapes.last_used IS 'no row that refers to it is of a later day';
-- From a service, and whatever else a filter names, to its shapes: every question about one service.
CREATE INDEX span_shapes_service ON span_shapes (service);

CREATE TABLE log_shapes (
  shape_id bigint PRIMARY KEY,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  hostname text,
  logger_name text,
  severity_number smallint NOT NULL,
  severity_text text,
  event_name text,
  flags bigint NOT NULL,
  is_observed_at_once boolean NOT NULL,
  context jsonb NOT NULL,
  request_id_key text,
  user_id_key text,
  deal_id_key text,
  error_type_key text,
  error_message_key text,
  error_stack_key text,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL,
  last_used date NOT NULL
);
COMMENT ON TABLE log_shapes IS 'what many log records have in common: read application_logs';
COMMENT ON COLUMN log_shapes.is_observed_at_once IS 'observed_timestamp is the timestamp';
CREATE INDEX log_shapes_service ON log_shapes (service);
-- Events by name (deploy_events, what_changed): few of the shapes have one.
CREATE INDEX log_shapes_event_name ON log_shapes (event_name) WHERE event_name IS NOT NULL;

CREATE TABLE metric_series (
  series_id bigint PRIMARY KEY,
  metric_name text NOT NULL,
  metric_type text NOT NULL,
  unit text,
  description text,
  metadata jsonb,
  temporality text,
  is_monotonic boolean,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  labels jsonb NOT NULL,
  explicit_bounds double precision[],
  start_timestamp timestamptz,
  flags bigint NOT NULL,
  resource_id bigint NOT NULL,
  scope_id bigint NOT NULL,
  last_used date NOT NULL
);
COMMENT ON TABLE metric_series IS 'what the points of a series have in common: read metrics_samples';
COMMENT ON COLUMN metric_series.start_timestamp IS 'of all its points, unless they say otherwise: a counter that starts again is another series';
-- Every question about a metric, of one service or all.
CREATE INDEX metric_series_name ON metric_series (metric_name, service);
-- Dashboards of one service.
CREATE INDEX metric_series_service ON metric_series (service);
-- labels @> '{"…":"…"}'.
CREATE INDEX metric_series_labels ON metric_series USING gin (labels jsonb_path_ops);

CREATE TABLE spans (
  timestamp timestamptz NOT NULL,
  duration_ms double precision NOT NULL,
  shape_id bigint NOT NULL,
  fingerprint bigint,
  start_time_unix_nano bigint,
  end_time_unix_nano bigint,
  dropped_attributes_count integer,
  dropped_events_count integer,
  dropped_links_count integer,
  start_nanos smallint NOT NULL,
  trace_id bytea NOT NULL,
  span_id bytea NOT NULL,
  parent_span_id bytea,
  status text NOT NULL,
  operation_name text,
  status_message text,
  request_id text,
  user_id text,
  deal_id text,
  attributes jsonb,
  events jsonb,
  links jsonb,
  trace_state text
);
COMMENT ON TABLE spans IS 'the rows behind trace_spans';
COMMENT ON COLUMN spans.start_nanos IS 'nanoseconds past the microsecond of timestamp';
COMMENT ON COLUMN spans.start_time_unix_nano IS 'only where it does not follow from timestamp; likewise the end from the duration';
COMMENT ON COLUMN spans.attributes IS 'those that the shape does not have';

-- Any range of time; nearly free, because rows come in the order of time.
CREATE INDEX spans_time ON spans USING brin (timestamp) WITH (pages_per_range = 32);
-- A trace (trace_request, explain_failure, links of Grafana).
CREATE INDEX spans_trace_id ON spans (encode(trace_id, 'hex'));
-- A request (trace_request, get_timeline).
CREATE INDEX spans_request_id ON spans (request_id) WHERE request_id IS NOT NULL;
-- An entity (get_timeline).
CREATE INDEX spans_user_id ON spans (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX spans_deal_id ON spans (deal_id) WHERE deal_id IS NOT NULL;
-- A service, an operation, a resource, in a range of time (service_health, dashboards), by their shapes.
CREATE INDEX spans_shape_id ON spans (shape_id);
-- The latest errors (error_events, list_recent_errors).
CREATE INDEX spans_error ON spans (timestamp DESC) WHERE status = 'error';
-- The latest records of a problem (get_fingerprint_samples).
CREATE INDEX spans_fingerprint ON spans (fingerprint, timestamp DESC) WHERE fingerprint IS NOT NULL;

CREATE TABLE logs (
  timestamp timestamptz NOT NULL,
  shape_id bigint NOT NULL,
  fingerprint bigint,
  observed_timestamp timestamptz,
  dropped_attributes_count integer,
  nanos smallint NOT NULL,
  level text NOT NULL,
  trace_id bytea,
  span_id bytea,
  message text NOT NULL,
  request_id text,
  user_id text,
  deal_id text,
  context jsonb,
  body jsonb,
  error_type text,
  error_message text,
  error_stack text
);
COMMENT ON TABLE logs IS 'the rows behind application_logs';
COMMENT ON COLUMN logs.nanos IS 'nanoseconds past the microsecond of timestamp';
COMMENT ON COLUMN logs.context IS 'the attributes that the shape does not have';

-- Any range of time.
CREATE INDEX logs_time ON logs USING brin (timestamp) WITH (pages_per_range = 32);
-- The log lines of a trace (explain_failure).
CREATE INDEX logs_trace_id ON logs (encode(trace_id, 'hex')) WHERE trace_id IS NOT NULL;
-- The log lines of a request (get_timeline, search_events).
CREATE INDEX logs_request_id ON logs (request_id) WHERE request_id IS NOT NULL;
-- An entity (get_timeline).
CREATE INDEX logs_user_id ON logs (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX logs_deal_id ON logs (deal_id) WHERE deal_id IS NOT NULL;
-- A service, a logger, an event's name, in a range of time, by their shapes.
CREATE INDEX logs_shape_id ON logs (shape_id);
-- The latest errors (error_events, list_recent_errors).
CREATE INDEX logs_error ON logs (timestamp DESC) WHERE level IN ('error', 'fatal');
-- The latest records of a problem (get_fingerprint_samples).
CREATE INDEX logs_fingerprint ON logs (fingerprint, timestamp DESC) WHERE level IN ('error', 'fatal');

CREATE TABLE metric_points (
  timestamp timestamptz NOT NULL,
  series_id bigint NOT NULL,
  value double precision,
  value_int bigint,
  min double precision,
  max double precision,
  start_timestamp timestamptz,
  buckets text
);
COMMENT ON TABLE metric_points IS 'the rows behind metrics_samples';
COMMENT ON COLUMN metric_points.value IS 'the value; of a histogram or summary its sum';
COMMENT ON COLUMN metric_points.value_int IS 'the value where it is an integer; of a histogram or summary its count';
COMMENT ON COLUMN metric_points.buckets IS 'COUNTS, or of an exponential histogram scale;zero_count;zero_threshold;offset;COUNTS;offset;COUNTS of the positive and the negative ones; then, where a point has exemplars or quantiles, | and their JSON. COUNTS are comma-separated, *N stands for N zeros at the end. A ninth column would cost every row 8 bytes.';

-- Any range of time.
CREATE INDEX metric_points_time ON metric_points USING brin (timestamp) WITH (pages_per_range = 32);
-- The points of the series that name, service and labels have led to.
CREATE INDEX metric_points_series_id ON metric_points (series_id);

-- Nanoseconds since 1970.
CREATE FUNCTION unix_nanos(at timestamptz, nanos smallint) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (extract(epoch FROM at - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint * 1000 + nanos;

-- An attribute that a row keeps as a column of its own.
CREATE FUNCTION column_attribute(key text, value text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN key IS NULL THEN '{}' ELSE jsonb_object(ARRAY[key, value]) END;

-- Attributes as they were sent: those of the shape, those of the row, and those that became columns.
CREATE FUNCTION whole_attributes(
  shared jsonb, own jsonb, request_id_key text, request_id text, user_id_key text, user_id text, deal_id_key text, deal_id text)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(shared, '{}') || coalesce(own, '{}') || column_attribute(request_id_key, request_id)
    || column_attribute(user_id_key, user_id) || column_attribute(deal_id_key, deal_id);

-- Bucket counts as metric_points has them.
CREATE FUNCTION bucket_counts(counts text) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ('{' || split_part(counts, '*', 1) || '}')::bigint[] || array_fill(0::bigint, ARRAY[coalesce(nullif(split_part(counts, '*', 2), ''), '0')::integer]);

-- What was stored before: an empty table goes, one with rows stays readable as NAME_v1 until they have moved
-- (store/repack). These views hung on the old tables.
DROP VIEW IF EXISTS error_events, deploy_events;
DO $$
DECLARE
  old text;
  has_rows boolean;
BEGIN
  FOREACH old IN ARRAY ARRAY['application_logs', 'trace_spans', 'metrics_samples'] LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', old) INTO has_rows;
    IF has_rows THEN EXECUTE format('ALTER TABLE %I RENAME TO %I', old, old || '_v1');
    ELSE EXECUTE format('DROP TABLE %I', old);
    END IF;
  END LOOP;
END $$;

CREATE VIEW trace_spans AS
  SELECT p.timestamp, encode(p.trace_id, 'hex') AS trace_id, encode(p.span_id, 'hex') AS span_id,
    encode(p.parent_span_id, 'hex') AS parent_span_id,
    coalesce(p.start_time_unix_nano, unix_nanos(p.timestamp, p.start_nanos)) AS start_time_unix_nano,
    coalesce(p.end_time_unix_nano,
      coalesce(p.start_time_unix_nano, unix_nanos(p.timestamp, p.start_nanos)) + (p.duration_ms * 1000000)::bigint) AS end_time_unix_nano,
    p.duration_ms, s.service, s.environment, s.service_version,
    coalesce(p.operation_name, s.operation_name) AS operation_name, s.kind, p.status, p.status_message, p.request_id,
    whole_attributes(s.attributes, p.attributes,
      s.request_id_key, p.request_id, s.user_id_key, p.user_id, s.deal_id_key, p.deal_id) AS attributes,
    p.events, p.links, p.trace_state, s.flags, coalesce(p.dropped_attributes_count, 0) AS dropped_attributes_count,
    coalesce(p.dropped_events_count, 0) AS dropped_events_count, coalesce(p.dropped_links_count, 0) AS dropped_links_count,
    s.resource_id, s.scope_id, p.fingerprint, p.user_id, p.deal_id
  FROM spans p LEFT JOIN span_shapes s ON s.shape_id = p.shape_id;
COMMENT ON VIEW trace_spans IS 'spans: operation_name, duration_ms, status, parent_span_id, attributes, events with their exceptions';
COMMENT ON COLUMN trace_spans.kind IS 'internal, server, client, producer, consumer or unspecified';
COMMENT ON COLUMN trace_spans.status IS 'unset, ok or error';
COMMENT ON COLUMN trace_spans.fingerprint IS 'that of the first exception event';

CREATE VIEW application_logs AS
  SELECT p.timestamp, hashtextextended(p.message || coalesce(encode(p.span_id, 'hex'), ''), unix_nanos(p.timestamp, p.nanos)) AS log_id,
    unix_nanos(p.timestamp, p.nanos) AS time_unix_nano,
    CASE WHEN s.is_observed_at_once THEN p.timestamp ELSE p.observed_timestamp END AS observed_timestamp,
    s.service, s.environment, s.service_version, s.hostname, p.request_id, p.user_id,
    encode(p.trace_id, 'hex') AS trace_id, encode(p.span_id, 'hex') AS span_id,
    p.level, s.severity_number, s.severity_text, s.event_name, p.message, p.body, s.logger_name,
    whole_attributes(s.context, p.context, s.request_id_key, p.request_id, s.user_id_key, p.user_id, s.deal_id_key, p.deal_id)
      || column_attribute(s.error_type_key, p.error_type) || column_attribute(s.error_message_key, p.error_message)
      || column_attribute(s.error_stack_key, p.error_stack) AS context,
    p.error_type, p.error_message, p.error_stack, s.flags, coalesce(p.dropped_attributes_count, 0) AS dropped_attributes_count,
    s.resource_id, s.scope_id, p.fingerprint, p.deal_id
  FROM logs p LEFT JOIN log_shapes s ON s.shape_id = p.shape_id;
COMMENT ON VIEW application_logs IS 'log records: message, level, trace and request ids, attributes in context; app, node, CI and debug events, too';
COMMENT ON COLUMN application_logs.timestamp IS 'time_unix_nano, else observed time, else time of receipt';
COMMENT ON COLUMN application_logs.log_id IS 'computed from time, span and message: the same record has the same id';
COMMENT ON COLUMN application_logs.level IS 'trace, debug, info, warn, error or fatal; from severity_number, else severity_text, else info';
COMMENT ON COLUMN application_logs.message IS 'the body as text; a structured body is also in body';
COMMENT ON COLUMN application_logs.context IS 'the record''s attributes';
COMMENT ON COLUMN application_logs.fingerprint IS 'the problem or statement that the record tells of: fingerprints.fingerprint';

CREATE VIEW metrics_samples AS
  SELECT p.timestamp, hashtextextended(s.metric_name || s.service || s.labels::text, unix_nanos(p.timestamp, 0::smallint)) AS sample_id,
    coalesce(p.start_timestamp, s.start_timestamp) AS start_timestamp, s.metric_name, s.metric_type, s.unit, s.description,
    s.metadata, s.temporality, s.is_monotonic, s.service, s.environment, s.service_version, s.labels,
    CASE WHEN s.metric_type IN ('gauge', 'sum') THEN coalesce(p.value, p.value_int) END AS value,
    CASE WHEN s.metric_type IN ('gauge', 'sum') THEN p.value_int END AS value_int,
    CASE WHEN s.metric_type NOT IN ('gauge', 'sum') THEN p.value_int END AS count,
    CASE WHEN s.metric_type NOT IN ('gauge', 'sum') THEN p.value END AS sum,
    p.min, p.max, s.explicit_bounds,
    CASE s.metric_type WHEN 'histogram' THEN bucket_counts(split_part(p.buckets, '|', 1)) END AS bucket_counts,
    CASE s.metric_type WHEN 'exponential_histogram' THEN split_part(p.buckets, ';', 1)::integer END AS scale,
    CASE s.metric_type WHEN 'exponential_histogram' THEN split_part(p.buckets, ';', 2)::bigint END AS zero_count,
    CASE s.metric_type WHEN 'exponential_histogram' THEN split_part(p.buckets, ';', 3)::double precision END AS zero_threshold,
    CASE s.metric_type WHEN 'exponential_histogram' THEN split_part(p.buckets, ';', 4)::integer END AS positive_offset,
    CASE s.metric_type WHEN 'exponential_histogram' THEN bucket_counts(split_part(p.buckets, ';', 5)) END AS positive_bucket_counts,
    CASE s.metric_type WHEN 'exponential_histogram' THEN split_part(p.buckets, ';', 6)::integer END AS negative_offset,
    CASE s.metric_type WHEN 'exponential_histogram' THEN bucket_counts(split_part(split_part(p.buckets, '|', 1), ';', 7)) END AS negative_bucket_counts,
    CASE WHEN p.buckets LIKE '%|%' THEN substr(p.buckets, strpos(p.buckets, '|') + 1)::jsonb->'quantile_values' END AS quantile_values,
    CASE WHEN p.buckets LIKE '%|%' THEN substr(p.buckets, strpos(p.buckets, '|') + 1)::jsonb->'exemplars' END AS exemplars, s.flags, s.resource_id, s.scope_id
  FROM metric_points p LEFT JOIN metric_series s ON s.series_id = p.series_id;
COMMENT ON VIEW metrics_samples IS 'metric points: metric_name, value, labels';
COMMENT ON COLUMN metrics_samples.sample_id IS 'computed from metric, labels and time: the same point has the same id';
COMMENT ON COLUMN metrics_samples.metric_type IS 'gauge, sum, histogram, exponential_histogram or summary';
COMMENT ON COLUMN metrics_samples.temporality IS 'delta or cumulative';
COMMENT ON COLUMN metrics_samples.value_int IS 'the exact value of an integer point; value holds the same as a double';

DO $$
BEGIN
  IF to_regclass('trace_spans_v1') IS NOT NULL THEN
    EXECUTE 'CREATE OR REPLACE VIEW trace_spans AS ' || rtrim(pg_get_viewdef('trace_spans'), ';') || '
      UNION ALL SELECT timestamp, trace_id, span_id, parent_span_id, start_time_unix_nano, end_time_unix_nano, duration_ms, service,
        environment, service_version, operation_name, kind, status, status_message, request_id, attributes, events, links,
        trace_state, flags, dropped_attributes_count, dropped_events_count, dropped_links_count, resource_id, scope_id,
        fingerprint, attributes->>''user.id'', attributes->>''deal_id'' FROM trace_spans_v1';
  END IF;
  IF to_regclass('application_logs_v1') IS NOT NULL THEN
    EXECUTE 'CREATE OR REPLACE VIEW application_logs AS ' || rtrim(pg_get_viewdef('application_logs'), ';') || '
      UNION ALL SELECT timestamp, log_id, time_unix_nano, observed_timestamp, service, environment, service_version, hostname,
        request_id, user_id, trace_id, span_id, level, severity_number, severity_text, event_name, message, body, logger_name,
        context, error_type, error_message, error_stack, flags, dropped_attributes_count, resource_id, scope_id, fingerprint,
        context->>''deal_id'' FROM application_logs_v1';
  END IF;
  IF to_regclass('metrics_samples_v1') IS NOT NULL THEN
    EXECUTE 'CREATE OR REPLACE VIEW metrics_samples AS ' || rtrim(pg_get_viewdef('metrics_samples'), ';') || '
      UNION ALL SELECT timestamp, sample_id, start_timestamp, metric_name, metric_type, unit, description, metadata, temporality,
        is_monotonic, service, environment, service_version, labels, value, value_int, count, sum, min, max, explicit_bounds,
        bucket_counts, scale, zero_count, zero_threshold, positive_offset, positive_bucket_counts, negative_offset,
        negative_bucket_counts, quantile_values, exemplars, flags, resource_id, scope_id FROM metrics_samples_v1';
  END IF;
END $$;

-- Every error, whatever table it is in. security_invoker: who asks sees what that role may see of each table.
CREATE VIEW error_events WITH (security_invoker = true) AS
  SELECT 'application_logs' AS source, timestamp, service, environment, service_version AS release, fingerprint,
    coalesce(event_name, 'log') AS type, error_type, coalesce(error_message, message) AS message, error_stack,
    deal_id, context->>'stage' AS stage, request_id, trace_id, user_id, NULL AS node_id, NULL AS run_id
  FROM application_logs WHERE level IN ('error', 'fatal')
  UNION ALL
  SELECT 'trace_spans', timestamp, service, environment, service_version, fingerprint,
    operation_name, e.value->'attributes'->>'exception.type', coalesce(e.value->'attributes'->>'exception.message', status_message, ''),
    e.value->'attributes'->>'exception.stacktrace',
    deal_id, NULL, request_id, trace_id, user_id, NULL, NULL
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


-- All that happened to an entity, over every table: its own records, and those of the requests and traces that they name.
-- Everything is found by an index. Past the limit troubles stay, then what is newest; total counts all.
CREATE OR REPLACE FUNCTION entity_timeline(
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
          AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests))
        UNION ALL
        SELECT trace_id, request_id, status, timestamp FROM trace_spans
        WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
          AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests))
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
      SELECT timestamp, 'log', service, level, event_name, coalesce(error_message, message), NULL, deal_id, request_id,
        trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), NULL
      FROM application_logs WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION ALL
      SELECT timestamp, 'span', service, CASE status WHEN 'error' THEN 'error' ELSE 'info' END, operation_name, status_message, NULL,
        deal_id, request_id, trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), duration_ms
      FROM trace_spans WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND (deal_id = deal OR user_id = usr OR request_id = ANY (requests) OR trace_id = ANY (traces))
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

