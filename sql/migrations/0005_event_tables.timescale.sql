-- The events of applications and nodes stay plain tables: few rows, and compression and row-level security exclude
-- each other.
SELECT create_hypertable('test_runs', by_range('timestamp', INTERVAL '7 days'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
SELECT create_hypertable('test_failures', by_range('timestamp', INTERVAL '7 days'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
SELECT create_hypertable('lint_failures', by_range('timestamp', INTERVAL '7 days'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
SELECT create_hypertable('build_events', by_range('timestamp', INTERVAL '30 days'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
