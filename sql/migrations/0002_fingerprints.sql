-- One row for each distinct problem, whatever reported it. Exporters never touch that row: with each request they copy
-- what it held of every problem into fingerprint_sightings, in the same transaction, so counts are exact under resends
-- and no row is hot. A fold adds the sightings up (store/fingerprints).

ALTER TABLE application_logs ADD COLUMN fingerprint bigint;
ALTER TABLE trace_spans ADD COLUMN fingerprint bigint;
COMMENT ON COLUMN application_logs.fingerprint IS 'the problem or statement that the record tells of: fingerprints.fingerprint';
COMMENT ON COLUMN trace_spans.fingerprint IS 'that of the first exception event';
CREATE INDEX idx_logs_fingerprint ON application_logs (fingerprint, timestamp DESC) WHERE level IN ('error', 'fatal');
CREATE INDEX idx_traces_fingerprint ON trace_spans (fingerprint, timestamp DESC) WHERE fingerprint IS NOT NULL;

CREATE TABLE fingerprint_sightings (
  fingerprint bigint NOT NULL,
  kind text NOT NULL,
  version smallint NOT NULL,
  template text NOT NULL,
  sample text NOT NULL,
  severity_number smallint NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  service_version text,
  records bigint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
);
COMMENT ON TABLE fingerprint_sightings IS 'what committed requests held of each fingerprint and is not folded into fingerprints yet';

CREATE TABLE fingerprints (
  fingerprint bigint PRIMARY KEY,
  group_id bigint NOT NULL,
  kind text NOT NULL,
  version smallint NOT NULL,
  template text NOT NULL,
  sample text NOT NULL,
  severity_number smallint NOT NULL,
  records bigint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  first_release text
);
COMMENT ON COLUMN fingerprints.group_id IS 'near-identical fingerprints share it; changes are in fingerprint_merges';
COMMENT ON COLUMN fingerprints.kind IS 'log or error';
COMMENT ON COLUMN fingerprints.version IS 'of the algorithm that made the fingerprint';
COMMENT ON COLUMN fingerprints.severity_number IS 'the highest that was seen';
COMMENT ON COLUMN fingerprints.first_release IS 'service.version of the earliest record';
CREATE INDEX idx_fingerprints_group ON fingerprints (group_id);
CREATE INDEX idx_fingerprints_last_seen ON fingerprints (last_seen DESC);

CREATE TABLE fingerprint_services (
  fingerprint bigint NOT NULL,
  service text NOT NULL,
  environment text NOT NULL,
  records bigint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  first_release text,
  PRIMARY KEY (fingerprint, service, environment)
);

CREATE TABLE fingerprint_merges (
  old_group bigint NOT NULL,
  new_group bigint NOT NULL,
  merged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (old_group, new_group)
);
COMMENT ON TABLE fingerprint_merges IS 'which group ids stand for another one since when; no row of telemetry is labelled again';

-- Counts that are right at this moment: what is folded and what is not.
CREATE VIEW fingerprint_counts AS
  SELECT fingerprint, service, environment, sum(records)::bigint AS records, min(first_seen) AS first_seen, max(last_seen) AS last_seen
  FROM (
    SELECT fingerprint, service, environment, records, first_seen, last_seen FROM fingerprint_services
    UNION ALL
    SELECT fingerprint, service, environment, records, first_seen, last_seen FROM fingerprint_sightings
  ) s
  GROUP BY fingerprint, service, environment;
