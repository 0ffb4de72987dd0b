-- When problems begin, what lies beneath what, and which release ran when: what answers rank by.

-- Which releases of a service told of themselves in which minute. A release that comes back after another one, as in a
-- rollback, is seen in it; service_releases has only the first and the last time of each.
CREATE TABLE service_release_minutes (
  minute timestamptz NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  release text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (minute, service, environment, release)
);
COMMENT ON TABLE service_release_minutes IS 'which releases of a service were seen in which minute';
INSERT INTO service_release_minutes
  SELECT date_trunc('minute', first_seen), service, environment, release, min(first_seen), max(first_seen) FROM service_releases GROUP BY 1, 2, 3, 4;

-- A release begins where it was not seen in the last two minutes in which the service was. The first of all is no change.
CREATE FUNCTION release_changes_between(p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL)
RETURNS TABLE (first_seen timestamptz, service text, environment text, release text, previous text, is_return boolean)
  LANGUAGE sql STABLE AS $$
  WITH active AS (
    SELECT *, dense_rank() OVER (PARTITION BY service, environment ORDER BY minute) AS n FROM service_release_minutes m
    WHERE minute > p_from - interval '2 hours' AND minute <= p_until AND is_among(service, p_services)
  ), begun AS (
    SELECT *, lag(n) OVER (PARTITION BY service, environment, release ORDER BY n) AS seen FROM active
  )
  SELECT b.first_seen, b.service, b.environment, b.release, p.release, r.first_seen < b.first_seen
  FROM begun b
  JOIN service_releases r USING (service, environment, release)
  CROSS JOIN LATERAL (
    SELECT release FROM service_releases p
    LEFT JOIN LATERAL (SELECT max(a.last_seen) AS at FROM active a
      WHERE a.service = p.service AND a.environment = p.environment AND a.release = p.release AND a.first_seen < b.first_seen) a ON true
    WHERE p.service = b.service AND p.environment = b.environment AND p.release <> b.release AND p.first_seen < b.first_seen
    ORDER BY coalesce(a.at, p.first_seen) DESC LIMIT 1) p
  WHERE b.first_seen > p_from AND b.first_seen <= p_until
    -- What was running before the minutes that are looked at begins nowhere in them.
    AND CASE WHEN b.seen IS NULL THEN r.first_seen >= b.first_seen OR b.n > 2 ELSE b.n - b.seen > 2 END
  ORDER BY b.first_seen DESC $$;
COMMENT ON FUNCTION release_changes_between IS 'when a service came with another release than before; is_return: with one that had run before, as in a rollback';

DROP VIEW release_changes;
CREATE VIEW release_changes WITH (security_invoker = true) AS
  SELECT * FROM release_changes_between('-infinity', 'infinity');
COMMENT ON VIEW release_changes IS 'when a service came with another release than before; release_changes_between asks of a range';

-- Every record of error_events that names its problem, without its texts. `failure` is what it is a record of: the log
-- line and the span of one failed request are one failure.
CREATE VIEW failure_records WITH (security_invoker = true) AS
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
  FROM test_failures WHERE outcome = 'failed' AND fingerprint IS NOT NULL;
COMMENT ON VIEW failure_records IS 'error_events without texts; records with the same failure tell of one failed request';

-- How the problems of a range are spread over it: failures by so many parts of it, with the first and the last of each.
-- What is known of the time before it stands beside it, from counts, so that nothing older is read.
CREATE FUNCTION problem_series(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_parts integer DEFAULT 120, p_env text DEFAULT 'prod',
  p_services text[] DEFAULT NULL, p_fingerprints text[] DEFAULT NULL, p_limit integer DEFAULT 1000)
RETURNS TABLE (
  fingerprint text, failures bigint, records bigint, first_seen timestamptz, last_seen timestamptz, parts integer[], counts integer[],
  firsts timestamptz[], lasts timestamptz[], records_before double precision, known_since timestamptz, watched_since timestamptz,
  watched_until timestamptz)
  LANGUAGE sql STABLE AS $$
  WITH failed AS (
    SELECT r.fingerprint AS id, count(*) AS records, min(r.timestamp) AS at, max(r.timestamp) AS until, max(r.service) AS service
    FROM failure_records r
    WHERE r.timestamp > p_from AND r.timestamp <= p_until AND is_among(r.environment, environment_names(p_env))
      AND is_among(r.service, p_services)
      AND (p_fingerprints IS NULL OR r.fingerprint = ANY (SELECT ('x' || f)::bit(64)::bigint FROM unnest(p_fingerprints) f))
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
  )
  SELECT lpad(to_hex(top.id), 16, '0'), top.failures, top.records, top.first_at, top.last_at, top.parts, top.counts, top.firsts, top.lasts,
    greatest(0, coalesce(k.records, 0) - top.records)::float8, least(k.since, top.first_at), least(w.since, z.since, top.first_at),
    greatest(w.until, top.last_at)
  FROM top
  LEFT JOIN LATERAL (SELECT sum(s.records) AS records, min(s.first_seen) AS since FROM fingerprint_services s
    WHERE s.fingerprint = top.id AND is_among(s.environment, environment_names(p_env)) AND is_among(s.service, p_services)
      AND s.first_seen < p_from) k ON true
  LEFT JOIN LATERAL (SELECT min(since) AS since, max(until) AS until FROM watched WHERE watched.service = ANY (top.services)) w ON true
  -- A service may write no logs: then its first span is when it was first heard of.
  LEFT JOIN LATERAL (SELECT s.timestamp AS since FROM trace_spans s
    WHERE (w.since IS NULL OR w.since > p_from) AND s.service = ANY (top.services) AND s.timestamp > p_from AND s.timestamp <= top.first_at
    ORDER BY s.timestamp LIMIT 1) z ON true
  ORDER BY top.failures DESC, top.id $$;
COMMENT ON FUNCTION problem_series IS 'failures of each problem over a range, by parts of it, and what is known of the time before';

-- Of each problem, in how many of its failures another one lies beneath it: in the same trace, in a span within its span,
-- or logged before it. What has another beneath it nearly always is a symptom of that.
CREATE FUNCTION problems_beneath(
  p_fingerprints text[], p_from timestamptz, p_until timestamptz DEFAULT now(), p_visible text[] DEFAULT NULL, p_sample integer DEFAULT 60)
RETURNS TABLE (fingerprint text, beneath text, failures bigint, sampled bigint)
  LANGUAGE sql STABLE AS $$
  WITH asked AS (SELECT ('x' || f)::bit(64)::bigint AS id FROM unnest(p_fingerprints) f),
  own AS (
    SELECT id, s.trace_id FROM asked CROSS JOIN LATERAL (
      SELECT DISTINCT r.trace_id FROM failure_records r
      WHERE r.fingerprint = asked.id AND r.timestamp > p_from AND r.timestamp <= p_until AND r.trace_id IS NOT NULL
        AND is_among(r.service, p_visible)
      ORDER BY 1 LIMIT p_sample) s
  ), marks AS MATERIALIZED (
    SELECT r.trace_id, r.fingerprint AS id, r.timestamp AS at, r.ended, r.source = 'trace_spans' AS is_span FROM failure_records r
    WHERE r.trace_id = ANY (ARRAY(SELECT DISTINCT trace_id FROM own)) AND r.timestamp > p_from - interval '1 hour'
      AND r.timestamp <= p_until + interval '1 hour' AND is_among(r.service, p_visible)
  ), has_span AS (SELECT DISTINCT trace_id, id FROM marks WHERE is_span),
  pairs AS (
    SELECT DISTINCT own.id, b.id AS beneath, own.trace_id
    FROM own
    JOIN marks a ON a.trace_id = own.trace_id AND a.id = own.id
    JOIN marks b ON b.trace_id = own.trace_id AND b.id <> own.id
    WHERE CASE WHEN a.is_span AND b.is_span THEN b.at >= a.at AND b.ended <= a.ended + interval '1 millisecond'
      AND (b.at > a.at OR b.ended < a.ended)
      WHEN NOT a.is_span AND NOT b.is_span
        AND NOT ((own.trace_id, own.id) IN (SELECT trace_id, id FROM has_span) AND (own.trace_id, b.id) IN (SELECT trace_id, id FROM has_span))
      THEN b.at < a.at
      ELSE false END
  )
  SELECT lpad(to_hex(n.id), 16, '0'), CASE WHEN p.beneath IS NOT NULL THEN lpad(to_hex(p.beneath), 16, '0') END, p.failures, n.sampled
  FROM (SELECT id, count(*) AS sampled FROM own GROUP BY 1) n
  JOIN (
    -- NULL is all of them together.
    SELECT id, beneath, count(DISTINCT trace_id) AS failures FROM pairs GROUP BY GROUPING SETS ((id, beneath), (id))) p ON p.id = n.id
  ORDER BY 1, p.failures DESC $$;
COMMENT ON FUNCTION problems_beneath IS 'which problems lie beneath others in the same failed requests; beneath NULL: any of them';

DROP FUNCTION error_fingerprint_summary;
CREATE FUNCTION error_fingerprint_summary(
  p_env text DEFAULT 'prod', p_minutes integer DEFAULT 60, p_limit integer DEFAULT 10,
  p_services text[] DEFAULT NULL, p_until timestamptz DEFAULT now(), p_fingerprints text[] DEFAULT NULL)
RETURNS TABLE (
  fingerprint text, group_id text, failures bigint, records bigint, first_seen timestamptz, last_seen timestamptz, is_new boolean,
  template text, services text[], stages text[], types text[], sources text[], sample_messages text[], deals bigint,
  sample_deal_ids text[], requests bigint, sample_request_ids text[], users bigint, sample_trace_ids text[], sample_releases text[])
  LANGUAGE sql STABLE AS $$
  WITH marked AS (
    SELECT r.fingerprint AS id, count(DISTINCT r.failure) AS failures, min(r.timestamp) AS first_at, max(r.timestamp) AS last_at
    FROM failure_records r
    WHERE r.timestamp > p_until - make_interval(mins => p_minutes) AND r.timestamp <= p_until
      AND is_among(r.environment, environment_names(p_env)) AND is_among(r.service, p_services)
      AND (p_fingerprints IS NULL OR r.fingerprint = ANY (SELECT ('x' || f)::bit(64)::bigint FROM unnest(p_fingerprints) f))
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT p_limit
  ), found AS (
    SELECT * FROM error_events e
    WHERE e.timestamp > p_until - make_interval(mins => p_minutes) AND e.timestamp <= p_until
      AND e.fingerprint = ANY (ARRAY(SELECT id FROM marked))
      AND is_among(e.environment, environment_names(p_env)) AND is_among(e.service, p_services)
  ), watched AS MATERIALIZED (
    SELECT service, min(first_seen) AS since FROM fingerprint_services WHERE is_among(environment, environment_names(p_env)) GROUP BY 1
  )
  SELECT lpad(to_hex(m.id), 16, '0'), lpad(to_hex(coalesce(f.group_id, m.id)), 16, '0'), m.failures, s.records, m.first_at, m.last_at,
    -- It began while it was watched: at the rate that it has, a silence as long as that before it is unlikely.
    coalesce(f.first_seen, m.first_at) > p_until - make_interval(mins => p_minutes) AND power(
      extract(epoch FROM p_until - m.first_at) / nullif(extract(epoch FROM p_until - least(w.since, m.first_at)), 0), m.failures) <= 0.01,
    f.template, s.services, s.stages, s.types, s.sources, s.sample_messages, s.deals, s.sample_deal_ids, s.requests,
    s.sample_request_ids, s.users, s.sample_trace_ids, s.sample_releases
  FROM marked m LEFT JOIN fingerprints f ON f.fingerprint = m.id CROSS JOIN LATERAL (
    SELECT count(*) AS records, array_agg(DISTINCT service) AS services,
      array_agg(DISTINCT stage) FILTER (WHERE stage IS NOT NULL) AS stages,
      array_agg(DISTINCT type) AS types, array_agg(DISTINCT source) AS sources,
      (array_agg(DISTINCT left(message, 300)))[1:3] AS sample_messages,
      count(DISTINCT deal_id) AS deals, (array_agg(DISTINCT deal_id) FILTER (WHERE deal_id IS NOT NULL))[1:10] AS sample_deal_ids,
      count(DISTINCT request_id) AS requests,
      (array_agg(DISTINCT request_id) FILTER (WHERE request_id IS NOT NULL))[1:5] AS sample_request_ids,
      count(DISTINCT user_id) AS users,
      (array_agg(DISTINCT trace_id) FILTER (WHERE trace_id IS NOT NULL))[1:5] AS sample_trace_ids,
      (array_agg(DISTINCT release) FILTER (WHERE release IS NOT NULL))[1:5] AS sample_releases
    FROM found WHERE found.fingerprint = m.id
  ) s LEFT JOIN LATERAL (SELECT min(since) AS since FROM watched WHERE watched.service = ANY (s.services)) w ON true
  ORDER BY m.failures DESC, m.id $$;
COMMENT ON FUNCTION error_fingerprint_summary IS 'the problems of the last minutes with the most failed requests, over every table; the log line and the span of one failure count once';
