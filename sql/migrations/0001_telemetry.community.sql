-- Compression belongs to the community licence. How old a chunk is when it is compressed or dropped comes from the
-- configuration: store/maintain sets the policies.
ALTER TABLE application_logs SET (timescaledb.compress, timescaledb.compress_segmentby = 'service', timescaledb.compress_orderby = 'timestamp DESC');
ALTER TABLE trace_spans SET (timescaledb.compress, timescaledb.compress_segmentby = 'service', timescaledb.compress_orderby = 'timestamp DESC');
ALTER TABLE metrics_samples SET (timescaledb.compress, timescaledb.compress_segmentby = 'metric_name, service', timescaledb.compress_orderby = 'timestamp DESC');
