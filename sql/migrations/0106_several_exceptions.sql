-- A span that tried twice may have failed in two ways: each exception of its own is a problem. The first one's fingerprint
-- stays in its column; the others are {"<16 hex digits>": <which of events>}, NULL for nearly every span.
ALTER TABLE spans ADD COLUMN other_problems jsonb;
-- Such spans, in a range of time (error_events, failure_records).
CREATE INDEX spans_other_problems ON spans (timestamp DESC) WHERE other_problems IS NOT NULL;

-- The views that people read have the problem's id as everything else prints it. It stands in the tables as a number, by
-- which rows are found: WHERE fingerprint = fingerprint_of('60f6bd12'). A database with rows of the layout before 0011
-- has two halves in each view, and both get the columns.
DO $$
DECLARE
  definition text;
  part record;
BEGIN
  FOR part IN SELECT * FROM (VALUES
    ('trace_spans', 'FROM (spans p', 'p.other_problems, '), ('application_logs', 'FROM (logs p', '')) v (name, source, more)
  LOOP
    definition := rtrim(pg_get_viewdef(part.name::regclass), ';');
    definition := replace(definition, part.source, ', ' || part.more || 'fingerprint_hex(p.fingerprint) AS fingerprint_hex ' || part.source);
    definition := replace(definition, 'FROM ' || part.name || '_v1', ', ' || CASE WHEN part.more <> '' THEN 'NULL::jsonb, ' ELSE '' END
      || 'fingerprint_hex(' || part.name || '_v1.fingerprint) FROM ' || part.name || '_v1');
    EXECUTE 'CREATE OR REPLACE VIEW ' || part.name || ' AS ' || definition;
  END LOOP;
END $$;
COMMENT ON COLUMN trace_spans.fingerprint IS 'that of the first exception event, else of what a failed span says of itself';
COMMENT ON COLUMN trace_spans.other_problems IS 'fingerprints of exceptions after the first, each with the index of its event';
COMMENT ON COLUMN trace_spans.fingerprint_hex IS 'fingerprint as it is printed everywhere';
COMMENT ON COLUMN application_logs.fingerprint_hex IS 'fingerprint as it is printed everywhere';

-- One row a problem of a span. `message` is what the record itself says, `error_message` what its exception says.
CREATE OR REPLACE VIEW error_events WITH (security_invoker = true) AS
  SELECT 'application_logs' AS source, timestamp, service, environment, service_version AS release, fingerprint,
    coalesce(event_name, 'log') AS type, error_type, coalesce(nullif(message, ''), error_message, '') AS message, error_stack,
    deal_id, context->>'stage' AS stage, request_id, trace_id, user_id, NULL AS node_id, NULL AS run_id,
    error_message, fingerprint_hex
  FROM application_logs WHERE level IN ('error', 'fatal')
  UNION ALL
  SELECT 'trace_spans', timestamp, service, environment, service_version, fingerprint,
    operation_name, e.value->'attributes'->>'exception.type', coalesce(e.value->'attributes'->>'exception.message', status_message, ''),
    e.value->'attributes'->>'exception.stacktrace',
    deal_id, NULL, request_id, trace_id, user_id, NULL, NULL, e.value->'attributes'->>'exception.message', fingerprint_hex
  FROM trace_spans LEFT JOIN LATERAL (
    SELECT value FROM jsonb_array_elements(events) WHERE value->>'name' = 'exception' LIMIT 1) e ON true
  WHERE status = 'error' AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'buddy_observer_events', created_at, product, env, release, fingerprint, type, error_type,
    coalesce(nullif(message, ''), error_message), error_stack, deal_id, stage, request_id, trace_id, user_id, NULL, NULL,
    error_message, fingerprint_hex(fingerprint)
  FROM buddy_observer_events WHERE severity IN ('error', 'fatal')
  UNION ALL
  SELECT 'node_telemetry', created_at, service, environment, node_version, fingerprint, type, error_type,
    coalesce(nullif(message, ''), error_message), error_stack, NULL, NULL, NULL, NULL, user_id, node_id, NULL,
    error_message, fingerprint_hex(fingerprint)
  FROM node_telemetry WHERE severity <> 'info'
  UNION ALL
  SELECT 'test_failures', timestamp, repository, environment, service_version, fingerprint, test_name, error_type,
    error_message, error_stack, NULL, NULL, NULL, NULL, NULL, NULL, run_id, error_message, fingerprint_hex(fingerprint)
  FROM test_failures WHERE outcome = 'failed'
  UNION ALL
  SELECT 'trace_spans', timestamp, service, environment, service_version, ('x' || o.key)::bit(64)::bigint,
    operation_name, e.value->'attributes'->>'exception.type', coalesce(e.value->'attributes'->>'exception.message', status_message, ''),
    e.value->'attributes'->>'exception.stacktrace',
    deal_id, NULL, request_id, trace_id, user_id, NULL, NULL, e.value->'attributes'->>'exception.message', o.key
  FROM trace_spans CROSS JOIN LATERAL jsonb_each_text(other_problems) o
    CROSS JOIN LATERAL (SELECT events->o.value::integer AS value) e
  WHERE status = 'error' AND other_problems IS NOT NULL;

CREATE OR REPLACE VIEW failure_records WITH (security_invoker = true) AS
  SELECT 'application_logs' AS source, timestamp, timestamp AS ended, service, environment, service_version AS release, fingerprint,
    coalesce(trace_id, request_id, 'log ' || timestamp::text) AS failure, trace_id, span_id, request_id, user_id,
    context->>'deal_id' AS deal_id
  FROM application_logs WHERE level IN ('error', 'fatal') AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'trace_spans', timestamp, timestamp + make_interval(secs => duration_ms / 1000), service, environment, service_version,
    fingerprint, trace_id, trace_id, span_id, request_id, attributes->>'user.id', attributes->>'deal_id'
  FROM trace_spans WHERE status = 'error' AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'buddy_observer_events', created_at, created_at, product, env, release, fingerprint,
    coalesce(trace_id, request_id, deal_id, 'event ' || id::text), trace_id, NULL, request_id, user_id, deal_id
  FROM buddy_observer_events WHERE severity IN ('error', 'fatal') AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'node_telemetry', created_at, created_at, service, environment, node_version, fingerprint, 'node ' || id::text, NULL, NULL,
    NULL, user_id, NULL
  FROM node_telemetry WHERE severity <> 'info' AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'test_failures', timestamp, timestamp, repository, environment, service_version, fingerprint,
    'test ' || run_id || ' ' || test_name, NULL, NULL, NULL, NULL, NULL
  FROM test_failures WHERE outcome = 'failed' AND fingerprint IS NOT NULL
  UNION ALL
  SELECT 'trace_spans', timestamp, timestamp + make_interval(secs => duration_ms / 1000), service, environment, service_version,
    ('x' || o.key)::bit(64)::bigint, trace_id, trace_id, span_id, request_id, attributes->>'user.id', attributes->>'deal_id'
  FROM trace_spans CROSS JOIN LATERAL jsonb_object_keys(other_problems) o (key)
  WHERE status = 'error' AND other_problems IS NOT NULL;

-- Where there is one column for it: the record's own words, and what its exception says where that is not among them.
CREATE FUNCTION whole_message(message text, error_message text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN coalesce(error_message, '') = '' OR position(error_message IN message) > 0 THEN message
    WHEN coalesce(message, '') = '' THEN error_message ELSE message || ': ' || error_message END;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['entity_timeline', 'id_timeline'] LOOP
    EXECUTE replace(pg_get_functiondef(name::regproc), 'coalesce(error_message, message)', 'whole_message(message, error_message)');
  END LOOP;
END $$;

-- The table of problems as people read it.
CREATE VIEW problems WITH (security_invoker = true) AS
  SELECT fingerprint_hex(f.fingerprint) AS fingerprint, fingerprint_hex(f.group_id) AS group_id, f.kind, f.status, f.severity_number,
    f.template, f.sample, f.records, f.first_seen, f.last_seen, f.first_release, f.resolved_at,
    ARRAY(SELECT DISTINCT service FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint ORDER BY 1) AS services
  FROM fingerprints f;
COMMENT ON VIEW problems IS 'fingerprints with their ids as they are printed: template, how often, since when, where, status';
