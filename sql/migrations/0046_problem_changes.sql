-- Problems that began or came back, of services, with what the range holds of them: failures, and the records that tell of
-- these. What is told of each is of the visible services alone. NULL is all.
DROP FUNCTION problem_changes;
CREATE FUNCTION problem_changes(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_services text[] DEFAULT NULL, p_visible text[] DEFAULT NULL)
RETURNS TABLE (
  first_seen timestamptz, fingerprint text, status text, failures integer, records integer, first_release text, template text, services text[])
  LANGUAGE sql STABLE AS $$
  WITH counted AS MATERIALIZED (
    SELECT fingerprint, count(DISTINCT failure)::int AS failures, count(*)::int AS records FROM failure_records
    WHERE timestamp > p_from AND timestamp <= p_until AND is_among(service, p_visible) GROUP BY 1
  )
  SELECT s.first_seen, lpad(to_hex(f.fingerprint), 16, '0'), f.status, c.failures, c.records, s.first_release, f.template, s.services
  FROM counted c JOIN fingerprints f USING (fingerprint) CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT service) AS services, min(first_seen) AS first_seen, (array_agg(first_release ORDER BY first_seen))[1] AS first_release
    FROM fingerprint_services p WHERE p.fingerprint = f.fingerprint AND is_among(service, p_visible)) s
  WHERE (p_services IS NULL OR s.services && p_services)
    AND ((f.first_seen > p_from AND f.first_seen <= p_until) OR (f.status = 'regressed' AND f.first_seen <= p_until))
  ORDER BY c.failures DESC, f.fingerprint $$;
COMMENT ON FUNCTION problem_changes IS 'problems that began or came back in a range, with its failures and records, the most frequent first';
