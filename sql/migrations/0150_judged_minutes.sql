CREATE TABLE judged_minutes (
  minute timestamptz PRIMARY KEY,
  requests bigint NOT NULL
);
COMMENT ON TABLE judged_minutes IS 'requests and calls that were stored of each of the last minutes when the anomalies receiver judged it: what has come since was late';

ALTER TABLE anomalies ADD COLUMN written_at timestamptz;
COMMENT ON COLUMN anomalies.written_at IS 'when the row was first written; after ended_at where its records came when it was over';
