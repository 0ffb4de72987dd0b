-- What environment_names is for one. '*' among them is all.
CREATE FUNCTION environments_named(names text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN names IS NOT NULL AND NOT '*' = ANY (names)
    THEN ARRAY(SELECT DISTINCT unnest(environment_names(name)) FROM unnest(names) name) END;
COMMENT ON FUNCTION environments_named IS 'the environments of these names, prod with production; NULL is all';
