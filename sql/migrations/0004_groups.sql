-- What people decide about groups, what became of each fingerprint, and findings that are not sent yet.

ALTER TABLE fingerprints ADD COLUMN automatic_group bigint;
UPDATE fingerprints SET automatic_group = group_id;
ALTER TABLE fingerprints ALTER COLUMN automatic_group SET NOT NULL;
ALTER TABLE fingerprints
  ADD COLUMN status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'regressed')),
  ADD COLUMN resolved_at timestamptz;
COMMENT ON COLUMN fingerprints.automatic_group IS 'where the grouping alone puts it; group_id is that with group_rules on top';
COMMENT ON COLUMN fingerprints.status IS 'open; resolved by someone; regressed: seen again after that';

CREATE TABLE group_rules (
  rule_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('merge', 'split')),
  fingerprints bigint[] NOT NULL,
  note text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL DEFAULT ''
);
COMMENT ON TABLE group_rules IS 'merge: the groups of these fingerprints are one; split: these fingerprints are a group of their own; the later rule wins';

CREATE TABLE fingerprint_moves (
  fingerprint bigint NOT NULL,
  old_group bigint NOT NULL,
  new_group bigint NOT NULL,
  reason text NOT NULL CHECK (reason IN ('grouping', 'rule')),
  moved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE fingerprint_moves IS 'each change of a fingerprint''s group; no row of telemetry is labelled again';
CREATE INDEX idx_fingerprint_moves ON fingerprint_moves (fingerprint, moved_at);

CREATE TABLE finding_outbox (
  finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text NOT NULL CHECK (type IN ('new_fingerprint', 'regressed')),
  fingerprint bigint NOT NULL,
  release text,
  found_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE finding_outbox IS 'written with the fold that found it, deleted once its log record is stored';
