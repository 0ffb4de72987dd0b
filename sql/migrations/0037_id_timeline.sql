-- All that happened to anything that has an id: order, cart, session, tenant, or what entity_timeline knows by its kind.
-- Records that name it, and those of the requests and traces that these are of. Past the limit troubles stay, then what
-- is newest; total counts all that was found.
CREATE FUNCTION id_timeline(
  p_id text, p_from timestamptz DEFAULT now() - interval '1 day', p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL,
  p_troubles_only boolean DEFAULT false, p_limit integer DEFAULT 1000)
RETURNS TABLE (
  "timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text,
  request_id text, trace_id text, span_id text, release text, fingerprint text, duration_ms double precision, total bigint)
  LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  troubles CONSTANT text[] := ARRAY['warn', 'warning', 'error', 'fatal', 'critical'];
  traces text[];
  requests text[];
BEGIN
  WITH own AS (
    SELECT n.timestamp AS at, n.level, n.trace_id, n.request_id FROM records_naming(p_id, p_from, p_until, p_services, p_limit) n
    UNION ALL
    SELECT e.timestamp, e.level, e.trace_id, e.request_id FROM unnest(ARRAY['deal_id', 'user_id', 'request_id']) kind
    CROSS JOIN LATERAL entity_timeline(kind, p_id, p_from, p_until, p_services, p_troubles_only, p_limit) e
  ), ids AS (
    SELECT trace_id, request_id FROM own GROUP BY 1, 2 ORDER BY bool_or(level = ANY (troubles)) DESC, max(at) DESC LIMIT 200
  )
  SELECT coalesce(array_agg(DISTINCT ids.trace_id) FILTER (WHERE ids.trace_id IS NOT NULL), '{}')
      || CASE WHEN p_id ~* '^[0-9a-f]{32}$' THEN ARRAY[lower(p_id)] ELSE '{}' END,
    coalesce(array_agg(DISTINCT ids.request_id) FILTER (WHERE ids.request_id IS NOT NULL), '{}') || p_id
  INTO traces, requests FROM ids;
  RETURN QUERY SELECT * FROM (
    SELECT found.*, count(*) OVER () FROM (
      SELECT * FROM records_naming(p_id, p_from, p_until, p_services, p_limit)
      UNION
      SELECT e.timestamp, e.what, e.service, e.level, e.name, e.message, e.stage, e.deal_id, e.request_id, e.trace_id, e.span_id, e.release,
        e.fingerprint, e.duration_ms
      FROM unnest(ARRAY['deal_id', 'user_id', 'node_id']) kind
      CROSS JOIN LATERAL entity_timeline(kind, p_id, p_from, p_until, p_services, p_troubles_only, p_limit) e
      UNION
      SELECT created_at, 'event', product, severity, type, message, stage, deal_id, request_id, trace_id, NULL, release,
        lpad(to_hex(fingerprint), 16, '0'), NULL
      FROM buddy_observer_events WHERE created_at BETWEEN p_from AND p_until AND is_among(product, p_services)
        AND (request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION
      SELECT timestamp, 'log', service, level, event_name, coalesce(error_message, message), NULL, context->>'deal_id', request_id,
        trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), NULL
      FROM application_logs WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND (request_id = ANY (requests) OR trace_id = ANY (traces))
      UNION
      SELECT timestamp, 'span', service, CASE status WHEN 'error' THEN 'error' ELSE 'info' END, operation_name, status_message, NULL,
        attributes->>'deal_id', request_id, trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), duration_ms
      FROM trace_spans WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
        AND (request_id = ANY (requests) OR trace_id = ANY (traces))
    ) found WHERE NOT p_troubles_only OR level = ANY (troubles)
    ORDER BY level = ANY (troubles) DESC NULLS LAST, timestamp DESC LIMIT p_limit
  ) kept ORDER BY timestamp, what;
END $$;
COMMENT ON FUNCTION id_timeline IS 'all that happened to anything that has an id (order, cart, session, deal, user, request, node, trace), in order of time';
