-- Objectives look back on late minutes as anomalies do, each by what it had seen itself.
ALTER TABLE judged_minutes ADD COLUMN job text NOT NULL DEFAULT 'anomalies';
ALTER TABLE judged_minutes ALTER COLUMN job DROP DEFAULT;
ALTER TABLE judged_minutes DROP CONSTRAINT judged_minutes_pkey, ADD PRIMARY KEY (job, minute);
COMMENT ON TABLE judged_minutes IS 'requests and calls that were stored of each of the last minutes when a receiver judged it, anomalies or slos: what has come since was late';
