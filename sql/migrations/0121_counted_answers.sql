-- Answers that took the longer the more was stored: from minutes that are counted, by the indexes of one problem, and by what
-- names a thing where its words are everywhere.

-- When a service was first and last heard of by its spans within a range: to the span, by the minutes that it was counted in.
CREATE FUNCTION service_heard(p_service text, p_from timestamptz, p_until timestamptz, OUT first_at timestamptz, OUT last_at timestamptz)
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  series CONSTANT bigint[] := ARRAY(SELECT series_id FROM red_series WHERE service = p_service);
  shapes CONSTANT bigint[] := ARRAY(SELECT shape_id FROM span_shapes WHERE service = p_service);
  from_minute CONSTANT timestamptz := date_trunc('minute', p_from);
  first_minute timestamptz;
  last_minute timestamptz;
BEGIN
  SELECT min(minute), max(minute) INTO first_minute, last_minute
  FROM (SELECT minute, series_id FROM red_minutes UNION ALL SELECT minute, series_id FROM red_partials) m
  WHERE minute >= from_minute AND minute <= p_until AND series_id = ANY (series);
  IF first_minute IS NULL THEN
    -- It may have inner spans alone.
    SELECT min(timestamp), max(timestamp) INTO first_at, last_at FROM spans
    WHERE timestamp > p_from AND timestamp <= p_until AND shape_id = ANY (shapes);
    RETURN;
  END IF;
  SELECT min(timestamp) INTO first_at FROM spans
  WHERE timestamp >= first_minute AND timestamp < first_minute + interval '1 minute' AND timestamp > p_from AND timestamp <= p_until
    AND shape_id + 0 = ANY (shapes);
  SELECT max(timestamp) INTO last_at FROM spans
  WHERE timestamp >= last_minute AND timestamp < last_minute + interval '1 minute' AND timestamp > p_from AND timestamp <= p_until
    AND shape_id + 0 = ANY (shapes);
END $$;
COMMENT ON FUNCTION service_heard IS 'when a service was first and last heard of by its spans within a range';

-- How long an operation's good requests took, by minute: buckets of a sketch, and how many are in each.
CREATE FUNCTION operation_durations(p_service text, p_env text, p_operations text[], p_from timestamptz, p_until timestamptz DEFAULT now())
RETURNS TABLE (operation text, minute timestamptz, duration_ms double precision[], requests integer[])
  LANGUAGE sql STABLE AS $$
  WITH series AS MATERIALIZED (
    SELECT series_id, operation FROM red_series
    WHERE service = p_service AND is_among(environment, environment_names(p_env)) AND kind IN ('server', 'consumer') AND operation = ANY (p_operations)
  ), counted AS (
    SELECT * FROM red_minutes WHERE minute >= p_from AND minute < p_until AND series_id = ANY (ARRAY(SELECT series_id FROM series))
    UNION ALL
    SELECT * FROM red_partials WHERE minute >= p_from AND minute < p_until AND series_id = ANY (ARRAY(SELECT series_id FROM series))
  ), entry AS (
    SELECT series_id, minute, ((e + 2147483648) >> 32)::int AS bucket, e - (((e + 2147483648) >> 32) << 32) AS n FROM counted CROSS JOIN unnest(sketch) e
    UNION ALL
    SELECT series_id, minute, ((e + 2147483648) >> 32)::int, -(e - (((e + 2147483648) >> 32) << 32)) FROM counted CROSS JOIN unnest(error_sketch) e
  ), good AS (
    SELECT s.operation, e.minute, e.bucket, sum(e.n)::int AS n FROM entry e JOIN series s USING (series_id) GROUP BY 1, 2, 3 HAVING sum(e.n) > 0
  )
  SELECT operation, minute, array_agg(sketch_bucket_value(bucket) ORDER BY bucket), array_agg(n ORDER BY bucket) FROM good GROUP BY 1, 2 ORDER BY 1, 2 $$;
COMMENT ON FUNCTION operation_durations IS 'how long good requests of operations took, minute by minute';

CREATE OR REPLACE FUNCTION problem_counts(
  p_fingerprints text[], p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_services text[] DEFAULT NULL)
RETURNS TABLE (fingerprint text, template text, records integer, failures integer)
  LANGUAGE sql STABLE AS $$
  SELECT asked.hex, f.template, nullif(e.records, 0)::int, nullif(e.failures, 0)::int
  FROM unnest(p_fingerprints) WITH ORDINALITY AS asked (hex, n)
  LEFT JOIN fingerprints f ON f.fingerprint = ('x' || asked.hex)::bit(64)::bigint
  -- Problem by problem: of all at once, the planner reads the whole range.
  CROSS JOIN LATERAL (
    SELECT count(*) AS records, count(DISTINCT r.failure) AS failures FROM (
      SELECT * FROM failure_records WHERE fingerprint = ('x' || asked.hex)::bit(64)::bigint AND timestamp > p_from AND timestamp <= p_until OFFSET 0) r
    WHERE is_among(r.environment, environment_names(p_env)) AND is_among(r.service, p_services)) e
  ORDER BY asked.n $$;

CREATE OR REPLACE FUNCTION problem_series(p_from timestamptz, p_until timestamptz DEFAULT now(), p_parts integer DEFAULT 120, p_env text DEFAULT 'prod'::text, p_services text[] DEFAULT NULL::text[], p_fingerprints text[] DEFAULT NULL::text[], p_limit integer DEFAULT 1000)
 RETURNS TABLE(fingerprint text, failures bigint, records bigint, first_seen timestamptz, last_seen timestamptz, parts integer[], counts integer[], firsts timestamptz[], lasts timestamptz[], records_before double precision, known_since timestamptz, watched_since timestamptz, watched_until timestamptz)
 LANGUAGE sql
 STABLE
AS $$
  WITH failed AS (
    SELECT r.fingerprint AS id, count(*) AS records, min(r.timestamp) AS at, max(r.timestamp) AS until, max(r.service) AS service
    FROM (
      SELECT * FROM failure_records WHERE p_fingerprints IS NULL AND timestamp > p_from AND timestamp <= p_until
      UNION ALL
      SELECT one.* FROM unnest(p_fingerprints) f CROSS JOIN LATERAL (
        SELECT * FROM failure_records WHERE fingerprint = ('x' || f)::bit(64)::bigint AND timestamp > p_from AND timestamp <= p_until OFFSET 0) one
    ) r
    WHERE is_among(r.environment, environment_names(p_env)) AND is_among(r.service, p_services)
    GROUP BY r.fingerprint, r.failure
  ), part AS (
    SELECT id, least(p_parts - 1, floor(extract(epoch FROM at - p_from) / extract(epoch FROM p_until - p_from) * p_parts)::int) AS part,
      count(*)::int AS failures, sum(records) AS records, min(at) AS first_at, max(until) AS last_at, max(service) AS service
    FROM failed GROUP BY 1, 2
  ), top AS (
    SELECT id, sum(failures)::bigint AS failures, sum(records)::bigint AS records, min(first_at) AS first_at, max(last_at) AS last_at,
      array_agg(part ORDER BY part) AS parts, array_agg(failures ORDER BY part) AS counts, array_agg(first_at ORDER BY part) AS firsts,
      array_agg(last_at ORDER BY part) AS lasts, array_agg(DISTINCT service) AS services
    FROM part GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT p_limit
  ), watched AS MATERIALIZED (
    SELECT service, min(first_seen) AS since, max(last_seen) AS until FROM fingerprint_services
    WHERE is_among(environment, environment_names(p_env)) GROUP BY 1
  ), unheard AS MATERIALIZED (
    SELECT u.service, max(top.first_at) AS until FROM top CROSS JOIN LATERAL unnest(top.services) u (service)
    WHERE NOT EXISTS (SELECT FROM watched w WHERE w.service = u.service AND w.since <= p_from) GROUP BY 1
  ), heard AS MATERIALIZED (
    -- A service may write no logs: then its first span is when it was first heard of.
    SELECT u.service, (SELECT h.first_at FROM service_heard(u.service, p_from, u.until) h) AS since FROM unheard u
  )
  SELECT lpad(to_hex(top.id), 16, '0'), top.failures, top.records, top.first_at, top.last_at, top.parts, top.counts, top.firsts, top.lasts,
    greatest(0, coalesce(k.records, 0) - top.records)::float8, least(k.since, top.first_at), least(w.since, z.since, top.first_at),
    greatest(w.until, top.last_at)
  FROM top
  LEFT JOIN LATERAL (SELECT sum(s.records) AS records, min(s.first_seen) AS since FROM fingerprint_services s
    WHERE s.fingerprint = top.id AND is_among(s.environment, environment_names(p_env)) AND is_among(s.service, p_services)
      AND s.first_seen < p_from) k ON true
  LEFT JOIN LATERAL (SELECT min(since) AS since, max(until) AS until FROM watched WHERE watched.service = ANY (top.services)) w ON true
  LEFT JOIN LATERAL (SELECT min(since) AS since FROM heard WHERE heard.service = ANY (top.services)) z ON true
  ORDER BY top.failures DESC, top.id $$;

-- Whether most blocks of a range hold what is looked for, as the newest of them have it.
CREATE FUNCTION are_everywhere(p_spans boolean, p_ways bigint[], p_from timestamptz, p_until timestamptz) RETURNS boolean
  LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_spans THEN
    RETURN (SELECT count(*) FILTER (WHERE block_holds(filter, p_ways)) > count(*) / 2 FROM (
    SELECT filter FROM span_blocks WHERE timestamp > p_from AND timestamp <= p_until ORDER BY timestamp DESC LIMIT 64) newest);
  END IF;
  RETURN (SELECT count(*) FILTER (WHERE block_holds(filter, p_ways)) > count(*) / 2 FROM (
    SELECT filter FROM log_blocks WHERE timestamp > p_from AND timestamp <= p_until ORDER BY timestamp DESC LIMIT 64) newest);
END $$;

CREATE OR REPLACE FUNCTION records_naming(p_id text, p_from timestamptz DEFAULT (now() - '1 day'::interval), p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL::text[], p_limit integer DEFAULT 1000)
 RETURNS TABLE("timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text, request_id text, trace_id text, span_id text, release text, fingerprint text, duration_ms double precision)
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
  terms record := search_terms('"' || replace(p_id, '"', ' ') || '"');
  -- By its words or as a value, and as a value alone.
  ways bigint[] := search_ways(terms.tokens, ascii_lower(p_id));
  value_ways CONSTANT bigint[] := 1::bigint || search_hashes('=' || ascii_lower(p_id)) || 0::bigint;
  log_shape_ids CONSTANT bigint[] := ARRAY(SELECT shape_id FROM log_shapes WHERE has_value(context, p_id));
  span_shape_ids CONSTANT bigint[] := ARRAY(SELECT shape_id FROM span_shapes WHERE has_value(attributes, p_id));
  upper_end timestamptz := p_until;
  lower_end timestamptz;
  slice integer := 8;
  most integer := p_limit;
  found integer;
  span tstzrange;
BEGIN
  WHILE upper_end > p_from AND most > 0 LOOP
    lower_end := search_slice(false, p_from, upper_end, slice);
    -- The words of an id may be everywhere (of deal-53, deal and 53): past the newest blocks it is found as a value alone.
    IF upper_end < p_until AND ways <> value_ways AND are_everywhere(false, ways, lower_end, upper_end) THEN ways := value_ways; END IF;
    FOR span IN SELECT t FROM search_times(false, ways, lower_end, upper_end) t ORDER BY t DESC LOOP
      RETURN QUERY
        SELECT * FROM (
          SELECT p.timestamp, 'log', s.service, p.level, s.event_name, coalesce(p.error_message, p.message), NULL,
            coalesce(p.deal_id, p.context->>'deal_id', s.context->>'deal_id'), p.request_id, encode(p.trace_id, 'hex'), encode(p.span_id, 'hex'),
            s.service_version, lpad(to_hex(p.fingerprint), 16, '0'), NULL::float8
          -- Of the rows alone, as most are none: what all of a shape have is known by the shape.
          FROM (SELECT * FROM logs l WHERE l.timestamp >= lower(span) AND l.timestamp <= upper(span) AND l.timestamp > lower_end
            AND (ascii_lower(l.message) LIKE ALL (terms.likes) AND ascii_lower(l.message) ~ ALL (terms.patterns)
              OR l.request_id = p_id OR l.user_id = p_id OR l.deal_id = p_id OR l.shape_id = ANY (log_shape_ids)
              OR l.context IS NOT NULL AND has_value(l.context, p_id)) OFFSET 0) p LEFT JOIN log_shapes s ON s.shape_id = p.shape_id
          WHERE is_among(s.service, p_services)
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
  ways := search_ways(terms.tokens, ascii_lower(p_id));
  slice := 8;
  most := p_limit;
  WHILE upper_end > p_from AND most > 0 LOOP
    lower_end := search_slice(true, p_from, upper_end, slice);
    -- The words of an id may be everywhere (of deal-53, deal and 53): past the newest blocks it is found as a value alone.
    IF upper_end < p_until AND ways <> value_ways AND are_everywhere(true, ways, lower_end, upper_end) THEN ways := value_ways; END IF;
    FOR span IN SELECT t FROM search_times(true, ways, lower_end, upper_end) t ORDER BY t DESC LOOP
      RETURN QUERY
        SELECT p.timestamp, 'span', s.service, CASE p.status WHEN 'error' THEN 'error' ELSE 'info' END, coalesce(p.operation_name, s.operation_name),
          p.status_message, NULL, coalesce(p.deal_id, p.attributes->>'deal_id', s.attributes->>'deal_id'), p.request_id, encode(p.trace_id, 'hex'),
          encode(p.span_id, 'hex'), s.service_version, lpad(to_hex(p.fingerprint), 16, '0'), p.duration_ms
        FROM (SELECT * FROM spans t WHERE t.timestamp >= lower(span) AND t.timestamp <= upper(span) AND t.timestamp > lower_end
          AND (t.request_id = p_id OR t.user_id = p_id OR t.deal_id = p_id OR t.shape_id = ANY (span_shape_ids)
            OR t.attributes IS NOT NULL AND has_value(t.attributes, p_id) OR ascii_lower(t.status_message) ~ ALL (terms.patterns)
            OR t.events IS NOT NULL AND ascii_lower(t.events::text) LIKE ALL (terms.likes) AND ascii_lower(t.events::text) ~ ALL (terms.patterns))
          OFFSET 0) p LEFT JOIN span_shapes s ON s.shape_id = p.shape_id
        WHERE is_among(s.service, p_services)
        ORDER BY 1 DESC LIMIT most;
      GET DIAGNOSTICS found = ROW_COUNT;
      most := most - found;
      EXIT WHEN most <= 0;
    END LOOP;
    upper_end := lower_end;
    slice := least(slice * 2, 4096);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION search_times(p_spans boolean, p_ways bigint[], p_from timestamptz, p_until timestamptz)
 RETURNS SETOF tstzrange
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  -- Neighbours are read in one go.
  nearby CONSTANT interval := '500 milliseconds';
BEGIN
  IF p_until <= (SELECT min(since) FROM search_coverage) THEN
    RETURN NEXT tstzrange(p_from, p_until, '[]');
  ELSIF p_spans THEN
    RETURN QUERY SELECT unnest(range_agg(tstzrange(greatest(first, p_from), least(timestamp + nearby, p_until), '[]'))) FROM span_blocks
      WHERE timestamp > p_from AND timestamp <= p_until + interval '5 minutes' AND first <= p_until AND block_holds(filter, p_ways);
  ELSE
    RETURN QUERY SELECT unnest(range_agg(tstzrange(greatest(first, p_from), least(timestamp + nearby, p_until), '[]'))) FROM log_blocks
      WHERE timestamp > p_from AND timestamp <= p_until + interval '5 minutes' AND first <= p_until AND block_holds(filter, p_ways);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION id_timeline(
  p_id text, p_from timestamptz DEFAULT now() - interval '1 day', p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL,
  p_troubles_only boolean DEFAULT false, p_limit integer DEFAULT 1000)
RETURNS TABLE (
  "timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text, request_id text, trace_id text,
  span_id text, release text, fingerprint text, duration_ms double precision, total bigint)
  LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  troubles CONSTANT text[] := ARRAY['warn', 'warning', 'error', 'fatal', 'critical'];
BEGIN
  -- Asked once, and first: whose ids lead to the rest.
  RETURN QUERY WITH naming AS MATERIALIZED (
    SELECT * FROM records_naming(p_id, p_from, p_until, p_services, p_limit)
  ), own AS (
    SELECT n.timestamp AS at, n.level, n.trace_id, n.request_id FROM naming n
    UNION ALL
    SELECT e.timestamp, e.level, e.trace_id, e.request_id FROM unnest(ARRAY['deal_id', 'user_id', 'request_id']) kind
    CROSS JOIN LATERAL entity_timeline(kind, p_id, p_from, p_until, p_services, p_troubles_only, p_limit) e
  ), ids AS MATERIALIZED (
    SELECT trace_id, request_id FROM own GROUP BY 1, 2 ORDER BY bool_or(level = ANY (troubles)) DESC, max(at) DESC LIMIT 200
  ), lead AS MATERIALIZED (
    SELECT coalesce(array_agg(DISTINCT ids.trace_id) FILTER (WHERE ids.trace_id IS NOT NULL), '{}')
        || CASE WHEN p_id ~* '^[0-9a-f]{32}$' THEN ARRAY[lower(p_id)] ELSE '{}' END AS traces,
      coalesce(array_agg(DISTINCT ids.request_id) FILTER (WHERE ids.request_id IS NOT NULL), '{}') || p_id AS requests
    FROM ids
  ), found AS (
    SELECT * FROM naming
    UNION
    SELECT e.timestamp, e.what, e.service, e.level, e.name, e.message, e.stage, e.deal_id, e.request_id, e.trace_id, e.span_id, e.release,
      e.fingerprint, e.duration_ms
    FROM unnest(ARRAY['deal_id', 'user_id', 'node_id']) kind
    CROSS JOIN LATERAL entity_timeline(kind, p_id, p_from, p_until, p_services, p_troubles_only, p_limit) e
    UNION
    SELECT created_at, 'event', product, severity, type, message, stage, deal_id, request_id, trace_id, NULL, release,
      lpad(to_hex(fingerprint), 16, '0'), NULL
    FROM buddy_observer_events WHERE created_at BETWEEN p_from AND p_until AND is_among(product, p_services)
      AND (request_id = ANY ((SELECT requests FROM lead)::text[]) OR trace_id = ANY ((SELECT traces FROM lead)::text[]))
    UNION
    SELECT timestamp, 'log', service, level, event_name, whole_message(message, error_message), NULL, context->>'deal_id', request_id,
      trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), NULL
    FROM application_logs WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
      AND (request_id = ANY ((SELECT requests FROM lead)::text[]) OR trace_id = ANY ((SELECT traces FROM lead)::text[]))
    UNION
    SELECT timestamp, 'span', service, CASE status WHEN 'error' THEN 'error' ELSE 'info' END, operation_name, status_message, NULL,
      attributes->>'deal_id', request_id, trace_id, span_id, service_version, lpad(to_hex(fingerprint), 16, '0'), duration_ms
    FROM trace_spans WHERE timestamp BETWEEN p_from AND p_until AND is_among(service, p_services)
      AND (request_id = ANY ((SELECT requests FROM lead)::text[]) OR trace_id = ANY ((SELECT traces FROM lead)::text[]))
  )
  SELECT * FROM (
    SELECT found.*, count(*) OVER () FROM found WHERE NOT p_troubles_only OR level = ANY (troubles)
    ORDER BY level = ANY (troubles) DESC NULLS LAST, timestamp DESC LIMIT p_limit
  ) kept ORDER BY timestamp, what;
END $$;
