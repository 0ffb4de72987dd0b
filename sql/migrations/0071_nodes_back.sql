-- A node that was reported as lost is reported as back, once.
ALTER TABLE node_registry ADD COLUMN back_reported_for timestamptz;
COMMENT ON COLUMN node_registry.back_reported_for IS 'the silence whose end was told';
