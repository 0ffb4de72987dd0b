-- Which release an anomaly and an incident are about: that whose requests failed, or that most requests went to.
ALTER TABLE anomalies ADD COLUMN release text;
COMMENT ON COLUMN anomalies.release IS 'whose requests failed, or that most requests went to';
ALTER TABLE incidents ADD COLUMN release text;
COMMENT ON COLUMN incidents.release IS 'of the suspected origin: whose requests failed, or that most requests went to';
