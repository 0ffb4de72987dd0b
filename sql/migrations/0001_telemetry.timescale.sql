-- Runs on both licences. migrate_data: the tables may have grown on a plain Postgres first.
-- A day per chunk: the seeds' hour for metrics would make 4,320 chunks of the 180 days that are kept.
SELECT create_hypertable('application_logs', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
SELECT create_hypertable('trace_spans', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
SELECT create_hypertable('metrics_samples', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false, migrate_data => true, if_not_exists => true);
