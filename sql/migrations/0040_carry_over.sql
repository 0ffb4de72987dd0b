-- What a new version of the fingerprints makes of the old ones: each record that comes is given both ids, and what was
-- known under the old one holds for the new one (store/fingerprints/carry-over.ts).

ALTER TABLE fingerprint_sightings ADD COLUMN previous bigint;
COMMENT ON COLUMN fingerprint_sightings.previous IS 'the id that the version before gave the records, where it was another';

ALTER TABLE fingerprints ADD COLUMN seen_version smallint;
UPDATE fingerprints SET seen_version = version;
ALTER TABLE fingerprints ALTER COLUMN seen_version SET NOT NULL, ALTER COLUMN seen_version SET DEFAULT 0;
COMMENT ON COLUMN fingerprints.version IS 'of the algorithm that made it first';
COMMENT ON COLUMN fingerprints.seen_version IS 'the latest that makes the same id; later versions have other ids for it (fingerprint_successors)';

CREATE TABLE fingerprint_successors (
  old_fingerprint bigint NOT NULL,
  new_fingerprint bigint NOT NULL,
  carried_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (old_fingerprint, new_fingerprint)
);
CREATE INDEX idx_fingerprint_successors_new ON fingerprint_successors (new_fingerprint);
COMMENT ON TABLE fingerprint_successors IS 'which fingerprints of this version stand for one of an earlier version, found as records come';

-- How far it is: those of an earlier version that came back under another id, those that kept theirs, those not seen since.
CREATE VIEW fingerprint_carry_over AS
  SELECT f.kind, f.version, count(*) AS fingerprints,
    count(*) FILTER (WHERE s.is_carried) AS carried_over,
    count(*) FILTER (WHERE NOT s.is_carried AND f.seen_version = latest.version) AS unchanged,
    count(*) FILTER (WHERE NOT s.is_carried AND f.seen_version < latest.version) AS not_seen_since
  FROM fingerprints f
  JOIN (SELECT kind, max(seen_version) AS version FROM fingerprints GROUP BY kind) latest
    ON latest.kind = f.kind AND f.version < latest.version
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM fingerprint_successors c WHERE c.old_fingerprint = f.fingerprint) AS is_carried
  ) s
  GROUP BY f.kind, f.version;
COMMENT ON VIEW fingerprint_carry_over IS 'how many fingerprints of earlier versions have been recognised again, and how many not yet';
