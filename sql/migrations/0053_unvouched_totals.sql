-- Events that their receiver may not vouch for stay counted after the ledger's rows have expired. They are stored, too,
-- so they are no outcome of their own in the balance.
CREATE OR REPLACE VIEW ingest_outcomes AS
  SELECT date_bin('1 hour', received_at, 'epoch') AS bucket, receiver, signal, o.outcome, o.reason, o.records
  FROM ingest_ledger l
  CROSS JOIN LATERAL (
    SELECT 'received' AS outcome, '' AS reason, l.received::bigint * (1 + l.resends) AS records
    UNION ALL SELECT 'stored', '', l.stored::bigint
    UNION ALL SELECT 'unvouched', '', l.unvouched::bigint
    UNION ALL SELECT 'deduplicated', '', l.deduplicated
    UNION ALL SELECT 'dropped', key, value::bigint FROM jsonb_each_text(l.dropped)
    UNION ALL SELECT 'rejected', key, value::bigint * (1 + l.resends) FROM jsonb_each_text(l.rejected)
  ) o
  WHERE o.records > 0
  UNION ALL
  SELECT bucket, receiver, signal, outcome, reason, records FROM ingest_totals;

CREATE OR REPLACE VIEW ingest_accounting AS
  SELECT receiver, signal,
    coalesce(sum(records) FILTER (WHERE outcome = 'received'), 0)
      - coalesce(sum(records) FILTER (WHERE outcome = 'rejected'), 0) AS accepted,
    coalesce(sum(records) FILTER (WHERE outcome = 'stored'), 0) AS stored,
    coalesce(sum(records) FILTER (WHERE outcome = 'deduplicated'), 0) AS deduplicated,
    coalesce(sum(records) FILTER (WHERE outcome = 'dropped'), 0) AS dropped,
    coalesce(sum(records) FILTER (WHERE outcome = 'rejected'), 0) AS rejected,
    coalesce(sum(CASE outcome WHEN 'received' THEN records WHEN 'unvouched' THEN 0 ELSE -records END), 0) AS unaccounted,
    coalesce(sum(records) FILTER (WHERE outcome = 'unvouched'), 0) AS unvouched
  FROM ingest_outcomes
  GROUP BY receiver, signal;

COMMENT ON COLUMN ingest_accounting.unvouched IS 'of the stored ones, events whose receiver may not fill their table: they are ordinary logs';
COMMENT ON TABLE ingest_totals IS 'the ledger''s expired rows by hour; outcome: received, stored, deduplicated, dropped or rejected; unvouched are among the stored';
