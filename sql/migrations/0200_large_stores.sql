-- What five million records of each kind made slow.

-- A page holds neighbours: of more rows than are wanted, those that are taken come from more pages. How many of a page are
-- wanted at all, their share of the table tells: of a rare operation no two stand on one, and nothing need be read to spare.
CREATE OR REPLACE FUNCTION sample_source(p_table text, p_wanted text, p_limit integer) RETURNS text
  LANGUAGE plpgsql AS $$
DECLARE
  rows_of_a_page CONSTANT integer := 60;
  whole record;
  spare double precision;
  sampled text;
BEGIN
  whole := planned(format('SELECT FROM %s WHERE %s', p_table, p_wanted));
  spare := greatest(1.3, least(4, rows_of_a_page * whole.records / greatest(1, (planned(format('SELECT FROM %s', p_table))).records)));
  IF whole.records <= spare * p_limit THEN RETURN p_table; END IF;
  sampled := format('%s TABLESAMPLE SYSTEM (%s) REPEATABLE (1)', p_table, (100 * spare * p_limit / whole.records)::numeric);
  IF (planned(format('SELECT FROM %s WHERE %s', sampled, p_wanted))).cost < whole.cost THEN RETURN sampled; END IF;
  RETURN p_table;
END $$;

-- What `block_holds` asks, as a condition on `filter` of a statement: at a tenth of the price, where the ways are few.
CREATE FUNCTION block_condition(p_ways bigint[]) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  hashes_max CONSTANT integer := 64;
  at bigint := 1;
  past bigint;
  needed text[];
  one_of text[];
  ways text[] := '{}';
BEGIN
  IF cardinality(p_ways) > hashes_max THEN RETURN format('block_holds(filter, %L)', p_ways); END IF;
  WHILE at <= cardinality(p_ways) LOOP
    past := at + 1 + 2 * p_ways[at];
    needed := ARRAY(SELECT format('filter_has(filter, %s, %s)', p_ways[i], p_ways[i + 1]) FROM generate_series(at + 1, past - 1, 2) i);
    at := past + 1 + 2 * p_ways[past];
    one_of := ARRAY(SELECT format('filter_has(filter, %s, %s)', p_ways[i], p_ways[i + 1]) FROM generate_series(past + 1, at - 1, 2) i);
    IF one_of <> '{}' THEN needed := needed || format('(%s)', array_to_string(one_of, ' OR ')); END IF;
    ways := ways || format('(%s)', coalesce(nullif(array_to_string(needed, ' AND '), ''), 'true'));
  END LOOP;
  RETURN coalesce(nullif(array_to_string(ways, ' OR '), ''), 'false');
END $$;
COMMENT ON FUNCTION block_condition IS 'block_holds as a condition on filter, for a statement that asks many blocks';

CREATE OR REPLACE FUNCTION search_times(p_spans boolean, p_ways bigint[], p_from timestamptz, p_until timestamptz) RETURNS SETOF tstzrange
  LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_until <= (SELECT min(since) FROM search_coverage) THEN
    RETURN NEXT tstzrange(p_from, p_until, '[]');
    RETURN;
  END IF;
  -- Neighbours are read in one go.
  RETURN QUERY EXECUTE format(
    $q$SELECT unnest(range_agg(tstzrange(greatest(first, $1), least(timestamp + interval '500 milliseconds', $2), '[]'))) FROM %I
      WHERE timestamp > $1 AND timestamp <= $2 + interval '5 minutes' AND first <= $2 AND (%s)$q$,
    CASE WHEN p_spans THEN 'span_blocks' ELSE 'log_blocks' END, block_condition(p_ways)) USING p_from, p_until;
END $$;

CREATE OR REPLACE FUNCTION records_naming(p_id text, p_from timestamptz DEFAULT (now() - '1 day'::interval), p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL::text[], p_limit integer DEFAULT 1000)
 RETURNS TABLE("timestamp" timestamptz, what text, service text, level text, name text, message text, stage text, deal_id text, request_id text, trace_id text, span_id text, release text, fingerprint text, duration_ms double precision)
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 -- Each time is read by a statement of its own, too short for workers to begin.
 SET max_parallel_workers_per_gather TO 0
AS $$
#variable_conflict use_column
DECLARE
  terms record := search_terms('"' || replace(p_id, '"', ' ') || '"');
  -- By its words or as a value, and as a value alone.
  ways bigint[] := search_ways(terms.tokens, ascii_lower(p_id));
  value_ways CONSTANT bigint[] := 1::bigint || search_hashes('=' || ascii_lower(p_id)) || 0::bigint;
  -- As it stands in the text of a value, which is compared at a twentieth of the price of going through the keys.
  quoted CONSTANT text := '%' || regexp_replace(btrim(to_jsonb(p_id)::text, '"'), '([\\%_])', '\\\1', 'g') || '%';
  log_shape_ids CONSTANT bigint[] := ARRAY(SELECT shape_id FROM log_shapes WHERE context::text LIKE quoted AND has_value(context, p_id));
  span_shape_ids CONSTANT bigint[] := ARRAY(SELECT shape_id FROM span_shapes WHERE attributes::text LIKE quoted AND has_value(attributes, p_id));
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

-- Parts are counted in floating point, and only services of these problems are looked up.
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
    SELECT id, least(p_parts - 1, floor(extract(epoch FROM at - p_from)::float8 / extract(epoch FROM p_until - p_from)::float8 * p_parts)::int) AS part,
      count(*)::int AS failures, sum(records) AS records, min(at) AS first_at, max(until) AS last_at, max(service) AS service
    FROM failed GROUP BY 1, 2
  ), top AS (
    SELECT id, sum(failures)::bigint AS failures, sum(records)::bigint AS records, min(first_at) AS first_at, max(last_at) AS last_at,
      array_agg(part ORDER BY part) AS parts, array_agg(failures ORDER BY part) AS counts, array_agg(first_at ORDER BY part) AS firsts,
      array_agg(last_at ORDER BY part) AS lasts, array_agg(DISTINCT service) AS services
    FROM part GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT p_limit
  ), watched AS MATERIALIZED (
    SELECT service, min(first_seen) AS since, max(last_seen) AS until FROM fingerprint_services
    WHERE is_among(environment, environment_names(p_env)) AND service = ANY (ARRAY(SELECT DISTINCT unnest(services) FROM top)) GROUP BY 1
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

ALTER FUNCTION search_records(text, timestamptz, timestamptz, integer, text[], text, text[]) SET max_parallel_workers_per_gather TO 0;
