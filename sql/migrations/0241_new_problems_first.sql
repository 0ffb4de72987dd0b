-- Of many problems those that began in the range are among those that are read, however few their failures. Half as many
-- are read: agents and people wait for what each of a thousand is judged by.
CREATE OR REPLACE FUNCTION problem_series(p_from timestamptz, p_until timestamptz DEFAULT now(), p_parts integer DEFAULT 120, p_env text DEFAULT 'prod'::text, p_services text[] DEFAULT NULL::text[], p_fingerprints text[] DEFAULT NULL::text[], p_limit integer DEFAULT 500)
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
    SELECT id, least(p_parts - 1, floor(date_part('epoch', at - p_from) / date_part('epoch', p_until - p_from) * p_parts)::int) AS part,
      count(*)::int AS failures, sum(records) AS records, min(at) AS first_at, max(until) AS last_at, max(service) AS service
    FROM failed GROUP BY 1, 2
  ), chosen AS MATERIALIZED (
    -- Of more than are wanted, those that are new before those that are frequent: what begins is rare at first.
    SELECT p.id FROM (SELECT id, sum(failures) AS failures FROM part GROUP BY 1) p LEFT JOIN fingerprints f ON f.fingerprint = p.id
    ORDER BY coalesce(f.first_seen > p_from, true) DESC, p.failures DESC, p.id LIMIT p_limit
  ), top AS (
    SELECT id, sum(failures)::bigint AS failures, sum(records)::bigint AS records, min(first_at) AS first_at, max(last_at) AS last_at,
      array_agg(part ORDER BY part) AS parts, array_agg(failures ORDER BY part) AS counts, array_agg(first_at ORDER BY part) AS firsts,
      array_agg(last_at ORDER BY part) AS lasts, array_agg(DISTINCT service) AS services
    FROM part JOIN chosen USING (id) GROUP BY 1
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

-- date_part gives a double, extract a numeric, whose arithmetic costs more than reading the rows.
CREATE OR REPLACE FUNCTION operation_times(
  p_env text, p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL, p_limit integer DEFAULT 6000)
RETURNS TABLE (service text, operation text, at_ms double precision[], duration_ms double precision[])
  LANGUAGE sql STABLE AS $$
  WITH shape AS MATERIALIZED (
    SELECT shape_id, service, operation_name FROM span_shapes
    WHERE kind IN ('server', 'consumer') AND is_among(environment, environment_names(p_env)) AND is_among(service, p_services)
  )
  SELECT s.service, coalesce(p.operation_name, s.operation_name),
    array_agg(round(1000 * date_part('epoch', p.timestamp)) ORDER BY p.timestamp),
    array_agg(round(1000 * p.duration_ms) / 1000 ORDER BY p.timestamp)
  FROM spans_of_shapes(ARRAY(SELECT shape_id FROM shape), NULL, p_from, p_until, p_limit) p JOIN shape s USING (shape_id)
  WHERE p.status <> 'error' GROUP BY 1, 2 HAVING count(*) >= 30 ORDER BY 1, 2 $$;
