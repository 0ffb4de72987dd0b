-- Ids of problems are printed as 16 hex digits and are numbers in tables. Both ways, for statements of people:
-- WHERE fingerprint = fingerprint_of('60f6bd12dfdbd57f'), or by its first six digits or more.

CREATE FUNCTION fingerprint_hex(id bigint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lpad(to_hex(id), 16, '0');

CREATE FUNCTION fingerprint_of(digits text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
  prefix text := lower(digits);
  found bigint[];
BEGIN
  IF prefix !~ '^[0-9a-f]{6,16}$' THEN
    RAISE EXCEPTION '% is no fingerprint: write 16 hex digits, or the first six of them or more', digits
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF length(prefix) = 16 THEN
    RETURN ('x' || prefix)::bit(64)::bigint;
  END IF;
  SELECT array_agg(DISTINCT fingerprint) INTO found FROM fingerprints WHERE starts_with(fingerprint_hex(fingerprint), prefix);
  IF coalesce(array_length(found, 1), 0) <> 1 THEN
    RAISE EXCEPTION '% fingerprints begin with %', coalesce(array_length(found, 1), 0), prefix
      USING ERRCODE = 'invalid_parameter_value', HINT = 'sensorium groups list shows them';
  END IF;
  RETURN found[1];
END
$$;
