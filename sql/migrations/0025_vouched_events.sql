-- Records that were named as an event of a table that their receiver may not fill: they are ordinary logs.
ALTER TABLE ingest_ledger ADD COLUMN unvouched integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN ingest_ledger.unvouched IS 'of the stored ones, those named as an event whose table the receiver may not fill: they are in application_logs';
