-- What a service that holds repositories answered, and which commits lie between two releases.

CREATE TABLE code_answers (
  url text NOT NULL,
  accept text NOT NULL,
  etag text NOT NULL,
  body text NOT NULL,
  link text,
  asked_at timestamptz NOT NULL,
  PRIMARY KEY (url, accept)
);
COMMENT ON TABLE code_answers IS 'answers of GitHub by their ETag: what is still so costs nothing of its limit';

CREATE TABLE code_ranges (
  service text NOT NULL,
  previous text NOT NULL,
  release text NOT NULL,
  repository text NOT NULL,
  commits text[],
  note text,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (service, previous, release, repository)
);
COMMENT ON TABLE code_ranges IS 'commits that a release has and the one before it has not, the newest first';
COMMENT ON COLUMN code_ranges.commits IS 'NULL where a release is no tag, branch or commit of the repository: note says which';
