-- One rule of which attributes name a thing: that of the exporter's configuration. It is kept here, so that what counts
-- the things that a problem hit goes by the same rule as the filters by which they are found.
CREATE TABLE entity_rule (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  patterns text[] NOT NULL
);
COMMENT ON TABLE entity_rule IS 'patterns of the attributes whose values name a thing, as exporters.timescale.entities has them; ! before a pattern: those do not';
INSERT INTO entity_rule (patterns) VALUES (ARRAY['*.id', '*_id', '!service.*', '!k8s.*', '!container.*', '!host.*', '!process.*', '!cloud.*',
  '!os.*', '!telemetry.*', '!messaging.*', '!rpc.*', '!vcs.*', '!cicd.*', '!deployment.*', '!thread.*', '!faas.*']);

-- As exporters/timescale/blocks/entities.ts has it; its test compares them.
CREATE FUNCTION is_entity_key(key text) RETURNS boolean
  LANGUAGE sql STABLE AS $$
  SELECT length(key) <= 255 AND bool_or(p NOT LIKE '!%' AND key LIKE form) AND NOT bool_or(p LIKE '!%' AND key LIKE form)
  FROM entity_rule CROSS JOIN LATERAL unnest(patterns) p
  CROSS JOIN LATERAL (SELECT replace(regexp_replace(regexp_replace(p, '^!', ''), '([\\%_])', '\\\1', 'g'), '*', '%') AS form) f $$;
COMMENT ON FUNCTION is_entity_key IS 'whether the values of an attribute name a thing: an order, a user, a request';

-- How many distinct things a problem hit: whatever the attributes of its records, and of the spans around them, name.
CREATE OR REPLACE FUNCTION failure_entities(
  p_fingerprint text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_visible text[] DEFAULT NULL,
  p_limit integer DEFAULT 1000)
RETURNS TABLE (entity text, hit bigint, samples text[])
  LANGUAGE sql STABLE AS $$
  WITH failed AS MATERIALIZED (
    SELECT DISTINCT trace_id, span_id, request_id, user_id, deal_id FROM failure_records
    WHERE fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND timestamp > p_from AND timestamp <= p_until
      AND is_among(environment, environment_names(p_env)) AND is_among(service, p_visible)
  ), spans AS (
    SELECT trace_id, span_id FROM failed WHERE trace_id IS NOT NULL AND span_id IS NOT NULL ORDER BY 1, 2 LIMIT p_limit
  ), ids AS MATERIALIZED (
    SELECT p.key, p.value FROM spans_around(ARRAY(SELECT trace_id FROM spans ORDER BY trace_id, span_id),
      ARRAY(SELECT span_id FROM spans ORDER BY trace_id, span_id), p_from, p_until, p_visible) a
    CROSS JOIN LATERAL jsonb_each_text(a.attributes) p
    UNION
    SELECT p.key, p.value FROM application_logs l CROSS JOIN LATERAL jsonb_each_text(l.context) p
    WHERE l.fingerprint = ('x' || p_fingerprint)::bit(64)::bigint AND l.level IN ('error', 'fatal') AND l.timestamp > p_from
      AND l.timestamp <= p_until AND is_among(l.environment, environment_names(p_env)) AND is_among(l.service, p_visible)
    UNION
    SELECT n.key, n.value FROM failed CROSS JOIN LATERAL (
      VALUES ('request.id', request_id), ('user.id', user_id), ('deal_id', deal_id)) n (key, value)
  ), named AS (SELECT key FROM (SELECT DISTINCT key FROM ids) k WHERE is_entity_key(key))
  SELECT key, count(*), (array_agg(value ORDER BY value))[1:3] FROM ids JOIN named USING (key)
  WHERE value <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20 $$;
