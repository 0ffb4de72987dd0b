-- What commits changed, read from clones of the repositories: so that a failure can be put beside the lines that changed.

CREATE TABLE code_services (
  service text NOT NULL,
  repository text NOT NULL,
  path text NOT NULL DEFAULT '',
  PRIMARY KEY (service, repository, path)
);
COMMENT ON TABLE code_services IS 'where the code of a service is, by config/system-map.yaml';
COMMENT ON COLUMN code_services.path IS 'a file or folder of the repository; empty is all of it';

CREATE TABLE code_repositories (
  repository text PRIMARY KEY,
  head text,
  note text,
  read_at timestamptz NOT NULL
);
COMMENT ON TABLE code_repositories IS 'how far each repository is read';
COMMENT ON COLUMN code_repositories.note IS 'why it could not be read, or not in whole';

CREATE TABLE code_changes (
  repository text NOT NULL,
  commit text NOT NULL,
  path text NOT NULL,
  committed_at timestamptz NOT NULL,
  author text NOT NULL,
  title text NOT NULL,
  added integer NOT NULL,
  removed integer NOT NULL,
  is_cut boolean NOT NULL DEFAULT false,
  hunks jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (repository, commit, path)
);
COMMENT ON TABLE code_changes IS 'files that commits changed, with the hunks of each: sensorium explain and blame() read it';
COMMENT ON COLUMN code_changes.is_cut IS 'the diff was too large: there are no hunks';
COMMENT ON COLUMN code_changes.hunks IS 'start and lines (of the new file), function (as the diff names it), messages (of log statements that were added)';
CREATE INDEX idx_code_changes_time ON code_changes (repository, committed_at DESC);

CREATE FUNCTION blame(p_service text, p_from timestamptz, p_until timestamptz DEFAULT now())
RETURNS TABLE (committed_at timestamptz, commit text, author text, title text, path text, functions text[], added integer, removed integer,
  problems text[])
  LANGUAGE sql STABLE AS $$
  SELECT c.committed_at, c.commit, c.author, c.title, c.path,
    ARRAY(SELECT DISTINCT h ->> 'function' FROM jsonb_array_elements(c.hunks) h WHERE h ->> 'function' <> '' ORDER BY 1),
    c.added, c.removed,
    ARRAY(SELECT lpad(to_hex(f.fingerprint), 16, '0') FROM fingerprints f JOIN fingerprint_services s USING (fingerprint)
      WHERE s.service = p_service AND f.kind = 'error' AND s.first_seen BETWEEN c.committed_at AND p_until + interval '1 day'
        AND strpos(f.template, regexp_replace(c.path, '^.*/', '')) > 0
      GROUP BY f.fingerprint ORDER BY min(s.first_seen) LIMIT 5)
  FROM code_changes c
  WHERE c.committed_at BETWEEN p_from AND p_until AND EXISTS (
    SELECT FROM code_services s WHERE s.service = p_service AND s.repository = c.repository
      AND (s.path = '' OR c.path = s.path OR starts_with(c.path, regexp_replace(s.path, '\.[a-z]+$', '') || '/')))
  ORDER BY c.committed_at DESC, c.path $$;
COMMENT ON FUNCTION blame IS 'what commits changed of the code of a service in a range of time, the newest first, with errors that were first seen after it and name the file';
