-- Search by words and by ids: the same for agents, the command line, Grafana and psql.

-- What happened whose message holds all the words, the newest first: log records, application events, node reports.
CREATE FUNCTION search_records(
  p_words text, p_from timestamptz DEFAULT now() - interval '1 hour', p_until timestamptz DEFAULT now(), p_limit integer DEFAULT 100,
  p_services text[] DEFAULT NULL, p_env text DEFAULT NULL, p_what text[] DEFAULT ARRAY['log', 'event', 'node'])
RETURNS TABLE (
  "timestamp" timestamptz, what text, service text, environment text, level text, name text, message text, deal_id text, request_id text,
  user_id text, trace_id text, span_id text, release text, fingerprint bigint, context jsonb)
  LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  terms record := search_terms(p_words);
  ways bigint[] := search_ways(terms.tokens);
  envs text[] := environment_names(p_env);
  upper_end timestamptz := p_until;
  lower_end timestamptz;
  slice integer := 32;
  most integer := p_limit;
  found integer;
  span tstzrange;
BEGIN
  WHILE upper_end > p_from AND most > 0 LOOP
    lower_end := search_slice(false, p_from, upper_end, slice);
    FOR span IN SELECT t FROM search_times(false, ways, lower_end, upper_end) t ORDER BY t DESC LOOP
      RETURN QUERY
        SELECT * FROM (
          SELECT l.timestamp, 'log', l.service, l.environment, l.level, l.event_name, l.message, NULL, l.request_id, l.user_id, l.trace_id,
            l.span_id, l.service_version, l.fingerprint, l.context
          FROM application_logs l
          WHERE l.timestamp >= lower(span) AND l.timestamp <= upper(span) AND l.timestamp > lower_end AND 'log' = ANY (p_what)
            AND is_among(l.service, p_services) AND is_among(l.environment, envs)
            AND ascii_lower(l.message) LIKE ALL (terms.likes) AND ascii_lower(l.message) ~ ALL (terms.patterns)
          UNION ALL
          SELECT e.created_at, 'event', e.product, e.env, e.severity, e.type, e.message, e.deal_id, e.request_id, e.user_id, e.trace_id,
            NULL, e.release, e.fingerprint, e.attributes
          FROM buddy_observer_events e
          WHERE e.created_at >= lower(span) AND e.created_at <= upper(span) AND e.created_at > lower_end AND 'event' = ANY (p_what)
            AND is_among(e.product, p_services) AND is_among(e.env, envs)
            AND ascii_lower(e.message) LIKE ALL (terms.likes) AND ascii_lower(e.message) ~ ALL (terms.patterns)
          UNION ALL
          SELECT n.created_at, 'node', n.service, n.environment, n.severity, n.type, n.message, NULL, NULL, n.user_id, NULL,
            NULL, n.node_version, n.fingerprint, n.attributes
          FROM node_telemetry n
          WHERE n.created_at >= lower(span) AND n.created_at <= upper(span) AND n.created_at > lower_end AND 'node' = ANY (p_what)
            AND is_among(n.service, p_services) AND is_among(n.environment, envs)
            AND ascii_lower(n.message) LIKE ALL (terms.likes) AND ascii_lower(n.message) ~ ALL (terms.patterns)
        ) q ORDER BY 1 DESC, 2, 3, 7, 12, 9 LIMIT most;
      GET DIAGNOSTICS found = ROW_COUNT;
      most := most - found;
      EXIT WHEN most <= 0;
    END LOOP;
    upper_end := lower_end;
    slice := least(slice * 2, 4096);
  END LOOP;
END $$;
COMMENT ON FUNCTION search_records IS 'log records, app events and node reports whose message holds all the words, the newest first; "in quotes" is a phrase';

CREATE FUNCTION log_search(
  p_words text, p_from timestamptz DEFAULT now() - interval '1 hour', p_until timestamptz DEFAULT now(), p_limit integer DEFAULT 100,
  p_services text[] DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (
  "timestamp" timestamptz, service text, environment text, level text, event_name text, message text, request_id text, user_id text,
  trace_id text, span_id text, release text, fingerprint bigint, context jsonb)
  LANGUAGE sql STABLE AS $$
  SELECT timestamp, service, environment, level, name, message, request_id, user_id, trace_id, span_id, release, fingerprint, context
  FROM search_records(p_words, p_from, p_until, p_limit, p_services, p_env, ARRAY['log']) $$;
COMMENT ON FUNCTION log_search IS 'the newest log records whose message holds all the words, as whole words in any case: log_search(''credit memo'', now() - interval ''1 day'')';

CREATE FUNCTION has_value(attributes jsonb, value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM jsonb_each_text(attributes) a WHERE a.value = has_value.value)
    OR EXISTS (SELECT FROM jsonb_each(attributes) a WHERE jsonb_typeof(a.value) = 'array' AND a.value ? has_value.value);

-- Records that name a thing, the newest first: in an attribute that the configuration calls an entity, or in a message.
CREATE FUNCTION records_naming(
  p_id text, p_from timestamptz DEFAULT now() - interval '1 day', p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL,
  p_limit integer DEFAULT 1000)
RETURNS TABLE (
  "timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text, request_id text,
  trace_id text, span_id text, release text, fingerprint text, duration_ms double precision)
  LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  terms record := search_terms('"' || replace(p_id, '"', ' ') || '"');
  ways bigint[] := search_ways(terms.tokens, ascii_lower(p_id));
  upper_end timestamptz := p_until;
  lower_end timestamptz;
  slice integer := 256;
  most integer := p_limit;
  found integer;
  span tstzrange;
BEGIN
  WHILE upper_end > p_from AND most > 0 LOOP
    lower_end := search_slice(false, p_from, upper_end, slice);
    FOR span IN SELECT t FROM search_times(false, ways, lower_end, upper_end) t ORDER BY t DESC LOOP
      RETURN QUERY
        SELECT * FROM (
          SELECT l.timestamp, 'log', l.service, l.level, l.event_name, coalesce(l.error_message, l.message), NULL, l.context->>'deal_id',
            l.request_id, l.trace_id, l.span_id, l.service_version, lpad(to_hex(l.fingerprint), 16, '0'), NULL::float8
          FROM application_logs l
          WHERE l.timestamp >= lower(span) AND l.timestamp <= upper(span) AND l.timestamp > lower_end AND is_among(l.service, p_services)
            AND (ascii_lower(l.message) LIKE ALL (terms.likes) AND ascii_lower(l.message) ~ ALL (terms.patterns)
              OR l.request_id = p_id OR l.user_id = p_id OR has_value(l.context, p_id))
          UNION ALL
          SELECT e.created_at, 'event', e.product, e.severity, e.type, e.message, e.stage, e.deal_id, e.request_id, e.trace_id, NULL, e.release,
            lpad(to_hex(e.fingerprint), 16, '0'), NULL
          FROM buddy_observer_events e
          WHERE e.created_at >= lower(span) AND e.created_at <= upper(span) AND e.created_at > lower_end AND is_among(e.product, p_services)
            AND (ascii_lower(e.message) LIKE ALL (terms.likes) AND ascii_lower(e.message) ~ ALL (terms.patterns)
              OR e.deal_id = p_id OR e.user_id = p_id OR has_value(e.attributes, p_id))
        ) q ORDER BY 1 DESC LIMIT most;
      GET DIAGNOSTICS found = ROW_COUNT;
      most := most - found;
      EXIT WHEN most <= 0;
    END LOOP;
    upper_end := lower_end;
    slice := least(slice * 2, 4096);
  END LOOP;
  upper_end := p_until;
  slice := 256;
  most := p_limit;
  WHILE upper_end > p_from AND most > 0 LOOP
    lower_end := search_slice(true, p_from, upper_end, slice);
    FOR span IN SELECT t FROM search_times(true, ways, lower_end, upper_end) t ORDER BY t DESC LOOP
      RETURN QUERY
        SELECT s.timestamp, 'span', s.service, CASE s.status WHEN 'error' THEN 'error' ELSE 'info' END, s.operation_name, s.status_message,
          NULL, s.attributes->>'deal_id', s.request_id, s.trace_id, s.span_id, s.service_version, lpad(to_hex(s.fingerprint), 16, '0'), s.duration_ms
        FROM trace_spans s
        WHERE s.timestamp >= lower(span) AND s.timestamp <= upper(span) AND s.timestamp > lower_end AND is_among(s.service, p_services)
          AND (has_value(s.attributes, p_id) OR ascii_lower(s.status_message) ~ ALL (terms.patterns)
            OR s.events IS NOT NULL AND ascii_lower(s.events::text) LIKE ALL (terms.likes) AND ascii_lower(s.events::text) ~ ALL (terms.patterns))
        ORDER BY 1 DESC LIMIT most;
      GET DIAGNOSTICS found = ROW_COUNT;
      most := most - found;
      EXIT WHEN most <= 0;
    END LOOP;
    upper_end := lower_end;
    slice := least(slice * 2, 4096);
  END LOOP;
END $$;
COMMENT ON FUNCTION records_naming IS 'log records, app events and spans that name a thing by its id, in an attribute or a message, the newest first';
