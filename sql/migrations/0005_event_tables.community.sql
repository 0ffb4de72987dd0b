ALTER TABLE test_runs SET (timescaledb.compress, timescaledb.compress_segmentby = 'repository', timescaledb.compress_orderby = 'timestamp DESC');
ALTER TABLE test_failures SET (timescaledb.compress, timescaledb.compress_segmentby = 'repository', timescaledb.compress_orderby = 'timestamp DESC');
ALTER TABLE lint_failures SET (timescaledb.compress, timescaledb.compress_segmentby = 'repository', timescaledb.compress_orderby = 'timestamp DESC');
ALTER TABLE build_events SET (timescaledb.compress, timescaledb.compress_segmentby = 'repository', timescaledb.compress_orderby = 'timestamp DESC');
