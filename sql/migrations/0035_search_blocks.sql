-- What words and ids are found by, without an index over every line. Most words of a log line stand in its template, and
-- templates are few: which have a word is asked first (fingerprint_literals). What varies, and the values of attributes
-- that name a thing, go into one small filter for some hundreds of records that came together: a row says when these
-- records were, and its filter which fingerprints, words and values they may hold. Records are then read by their time.

CREATE TABLE log_blocks (
  first timestamptz NOT NULL,
  timestamp timestamptz NOT NULL,
  records integer NOT NULL,
  filter bytea NOT NULL
);
CREATE INDEX idx_log_blocks_time ON log_blocks (timestamp);
COMMENT ON TABLE log_blocks IS 'for some hundreds of log records and events: when they were, and a Bloom filter of what they hold; see log_search';
COMMENT ON COLUMN log_blocks.timestamp IS 'of the newest of the records';
COMMENT ON COLUMN log_blocks.filter IS 'of fingerprints, words that are not in templates, and values of entities: filter_has';

CREATE TABLE span_blocks (LIKE log_blocks);
CREATE INDEX idx_span_blocks_time ON span_blocks (timestamp);
COMMENT ON TABLE span_blocks IS 'the same for spans: values of entities and words of errors; see records_naming';

-- Records that are older were stored without blocks, and are read one by one.
CREATE TABLE search_coverage (since timestamptz NOT NULL);
COMMENT ON TABLE search_coverage IS 'from when on all records are in blocks';
INSERT INTO search_coverage
SELECT CASE WHEN EXISTS (SELECT FROM application_logs) OR EXISTS (SELECT FROM trace_spans) THEN now() + interval '1 hour' ELSE '-infinity' END;

CREATE TABLE fingerprint_literals (
  fingerprint bigint PRIMARY KEY,
  words text[] NOT NULL
);
COMMENT ON TABLE fingerprint_literals IS 'the words that stand in the template of a log line, and so in every one of its lines';

-- The case of ASCII's letters does not count; that of others does.
CREATE FUNCTION ascii_lower(text text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN lower(text COLLATE "C");

-- The same words as exporters/timescale/blocks/words.ts finds: its tests compare them.
CREATE FUNCTION search_words(text text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(ascii_lower(text),
    '[0-9a-z_\u00c0-\u1fff\u2c00-\u2dff\ua4d0-\uabff\ufb00-\ufdff\ufe70-\ufefe\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+|[\u3040-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdf\U00010000-\U0010ffff]',
    'g') m);

CREATE FUNCTION template_literals(template text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN search_words(regexp_replace(template, '[0-9A-Za-z_\u0080-\uffff]*<[a-z0-9_*]+>[0-9A-Za-z_\u0080-\uffff]*', ' ', 'g'));

INSERT INTO fingerprint_literals SELECT fingerprint, template_literals(template) FROM fingerprints WHERE kind = 'log';
CREATE INDEX idx_fingerprint_literals_words ON fingerprint_literals USING gin (words);

-- Both hashes that place a text in a filter: FNV-1a over UTF-16 units, mixed.
CREATE FUNCTION search_hashes(text text) RETURNS bigint[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  h bigint := 2166136261;
  second bigint;
  code integer;
  letter text;
BEGIN
  FOREACH letter IN ARRAY string_to_array(ascii_lower(text), NULL) LOOP
    code := ascii(letter);
    IF code > 65535 THEN
      h := ((h # (55296 + ((code - 65536) >> 10))) * 16777619) & 4294967295;
      code := 56320 + ((code - 65536) & 1023);
    END IF;
    h := ((h # code) * 16777619) & 4294967295;
  END LOOP;
  h := search_mix(h);
  RETURN ARRAY[h, search_mix(h # 1540483477) | 1];
END $$;

CREATE FUNCTION search_mix(h bigint) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  h := (((h >> 16) # h) * 73244475) & 4294967295;
  h := (((h >> 16) # h) * 73244475) & 4294967295;
  RETURN (h >> 16) # h;
END $$;

CREATE FUNCTION filter_has(filter bytea, h1 bigint, h2 bigint) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN get_bit(filter, h1 % (8 * length(filter))) = 1
    AND get_bit(filter, (h1 + h2) % (8 * length(filter))) = 1
    AND get_bit(filter, (h1 + 2 * h2) % (8 * length(filter))) = 1
    AND get_bit(filter, (h1 + 3 * h2) % (8 * length(filter))) = 1
    AND get_bit(filter, (h1 + 4 * h2) % (8 * length(filter))) = 1
    AND get_bit(filter, (h1 + 5 * h2) % (8 * length(filter))) = 1;
COMMENT ON FUNCTION filter_has IS 'a block may hold what has these hashes (search_hashes); false is certain';

-- Ways in which a block may hold what is looked for, one after the other. Each way is a number, so many pairs of hashes
-- that all must be there, another number, and so many pairs of which one must; none of these is no condition.
CREATE FUNCTION block_holds(filter bytea, ways bigint[]) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  at bigint := 1;
  past bigint;
  holds boolean;
BEGIN
  WHILE at <= cardinality(ways) LOOP
    holds := true;
    past := at + 1 + 2 * ways[at];
    FOR i IN at + 1 .. past - 1 BY 2 LOOP
      holds := filter_has(filter, ways[i], ways[i + 1]);
      EXIT WHEN NOT holds;
    END LOOP;
    at := past + 1 + 2 * ways[past];
    IF holds THEN
      FOR i IN past + 1 .. at - 1 BY 2 LOOP
        holds := filter_has(filter, ways[i], ways[i + 1]);
        EXIT WHEN holds;
      END LOOP;
      IF holds THEN RETURN true; END IF;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- Words with spaces between them, several in quotes as one: "credit memo" is that phrase. Each as a pattern of LIKE that
-- finds where it stands, and a regular expression that makes sure that it stands there as a whole word.
CREATE FUNCTION search_terms(words text, OUT likes text[], OUT patterns text[], OUT tokens text[])
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  part CONSTANT text := '[0-9a-z_\u00c0-\u1fff\u2c00-\u2dff\ua4d0-\uabff\ufb00-\ufdff\ufe70-\ufefe\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]';
  term text;
BEGIN
  likes := '{}'; patterns := '{}'; tokens := '{}';
  FOR term IN SELECT DISTINCT btrim(coalesce(m[1], m[2])) FROM regexp_matches(ascii_lower(words), '"([^"]+)"|([^[:space:]"]+)', 'g') m LOOP
    CONTINUE WHEN term = '';
    tokens := tokens || search_words(term);
    likes := likes || ('%' || regexp_replace(term, '([\\%_])', '\\\1', 'g') || '%');
    patterns := patterns || (CASE WHEN term ~ ('^' || part) THEN '(^|[^' || substr(part, 2) || ')' ELSE '' END
      || regexp_replace(term, '([\\^$.*+?()\[\]{}|-])', '\\\1', 'g')
      || CASE WHEN term ~ (part || '$') THEN '($|[^' || substr(part, 2) || ')' ELSE '' END);
  END LOOP;
  tokens := ARRAY(SELECT DISTINCT t FROM unnest(tokens) t ORDER BY t LIMIT 16);
  IF tokens = '{}' THEN
    RAISE EXCEPTION 'there is no word to look for: %', quote_literal(words) USING ERRCODE = 'invalid_parameter_value';
  END IF;
END $$;

-- Templates that have all the tokens; templates that have some, together with the others as words of a line; all the
-- tokens as words of a line. `value` is the whole value of an entity.
CREATE FUNCTION search_ways(p_tokens text[], p_value text DEFAULT NULL) RETURNS bigint[]
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  -- Of more templates than this it is not asked which one a block has: such words are everywhere.
  templates_max CONSTANT integer := 300;
  ways bigint[] := '{}';
  way record;
BEGIN
  FOR way IN
    WITH literals AS (
      SELECT fingerprint, words FROM fingerprint_literals WHERE words && p_tokens
      UNION ALL
      SELECT DISTINCT s.fingerprint, w.words FROM fingerprint_sightings s CROSS JOIN LATERAL (SELECT template_literals(s.template) AS words) w
      WHERE s.kind = 'log' AND s.version > 0 AND w.words && p_tokens
        AND NOT EXISTS (SELECT FROM fingerprint_literals l WHERE l.fingerprint = s.fingerprint)
    ), missing AS (
      SELECT fingerprint, ARRAY(SELECT t FROM unnest(p_tokens) t WHERE t <> ALL (words) ORDER BY 1) AS tokens FROM literals
    )
    SELECT tokens, array_agg('#' || lpad(to_hex(fingerprint), 16, '0')) AS templates FROM missing GROUP BY 1
    UNION ALL SELECT p_tokens, '{}'
    UNION ALL SELECT ARRAY['=' || p_value], '{}' WHERE p_value IS NOT NULL
  LOOP
    ways := ways || cardinality(way.tokens)::bigint;
    FOR i IN 1 .. cardinality(way.tokens) LOOP ways := ways || search_hashes(way.tokens[i]); END LOOP;
    IF cardinality(way.templates) > templates_max THEN way.templates := '{}'; END IF;
    ways := ways || cardinality(way.templates)::bigint;
    FOR i IN 1 .. cardinality(way.templates) LOOP ways := ways || search_hashes(way.templates[i]); END LOOP;
  END LOOP;
  RETURN ways;
END $$;

-- The times within (p_from, p_until] at which records of blocks lie that may hold it, none twice. No block is longer
-- than five minutes. What is older than the blocks may be anywhere.
CREATE FUNCTION search_times(p_spans boolean, p_ways bigint[], p_from timestamptz, p_until timestamptz) RETURNS SETOF tstzrange
  LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_until <= (SELECT min(since) FROM search_coverage) THEN
    RETURN NEXT tstzrange(p_from, p_until, '[]');
  ELSIF p_spans THEN
    RETURN QUERY SELECT unnest(range_agg(tstzrange(greatest(first, p_from), least(timestamp, p_until), '[]'))) FROM span_blocks
      WHERE timestamp > p_from AND timestamp <= p_until + interval '5 minutes' AND first <= p_until AND block_holds(filter, p_ways);
  ELSE
    RETURN QUERY SELECT unnest(range_agg(tstzrange(greatest(first, p_from), least(timestamp, p_until), '[]'))) FROM log_blocks
      WHERE timestamp > p_from AND timestamp <= p_until + interval '5 minutes' AND first <= p_until AND block_holds(filter, p_ways);
  END IF;
END $$;

-- Where the next slice ends that is to be looked at before p_until: so many blocks back; before there were blocks, so
-- much time. Never before p_from.
CREATE FUNCTION search_slice(p_spans boolean, p_from timestamptz, p_until timestamptz, p_size integer) RETURNS timestamptz
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  since timestamptz := (SELECT min(s.since) FROM search_coverage s);
  bound timestamptz;
BEGIN
  IF p_until <= since THEN RETURN greatest(p_from, p_until - p_size * interval '10 seconds'); END IF;
  IF p_spans THEN
    SELECT timestamp INTO bound FROM span_blocks WHERE timestamp <= p_until AND timestamp > p_from ORDER BY timestamp DESC OFFSET p_size LIMIT 1;
  ELSE
    SELECT timestamp INTO bound FROM log_blocks WHERE timestamp <= p_until AND timestamp > p_from ORDER BY timestamp DESC OFFSET p_size LIMIT 1;
  END IF;
  IF bound IS NULL THEN RETURN greatest(p_from, since); END IF;
  RETURN greatest(p_from, since, least(bound, p_until - interval '1 millisecond'));
END $$;
