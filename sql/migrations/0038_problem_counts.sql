-- What a range holds of some problems, in the order in which they are named: records that tell of it, and the failures
-- (traces, else requests) that these are of. NULL where there is none.
CREATE FUNCTION problem_counts(
  p_fingerprints text[], p_from timestamptz, p_until timestamptz DEFAULT now(), p_env text DEFAULT '*', p_services text[] DEFAULT NULL)
RETURNS TABLE (fingerprint text, template text, records integer, failures integer)
  LANGUAGE sql STABLE AS $$
  SELECT asked.hex, f.template, nullif(count(e.timestamp), 0)::int,
    nullif(count(DISTINCT e.failure), 0)::int
  FROM unnest(p_fingerprints) WITH ORDINALITY AS asked (hex, n)
  LEFT JOIN fingerprints f ON f.fingerprint = ('x' || asked.hex)::bit(64)::bigint
  LEFT JOIN failure_records e ON e.fingerprint = ('x' || asked.hex)::bit(64)::bigint AND e.timestamp > p_from AND e.timestamp <= p_until
    AND is_among(e.environment, environment_names(p_env)) AND is_among(e.service, p_services)
  GROUP BY asked.n, asked.hex, f.template ORDER BY asked.n $$;
COMMENT ON FUNCTION problem_counts IS 'records and failures of problems in a range: problem_counts(ARRAY[''5f914c0f915624f3''], now() - interval ''1 hour'')';
