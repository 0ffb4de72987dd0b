-- What became of a run is more than its counts: of a report that could not be read there are none.

ALTER TABLE test_runs ADD COLUMN outcome text;
COMMENT ON COLUMN test_runs.outcome IS 'passed, failed, incomplete (no failure is known, and something of the run is missing) or unreadable (a report could not be read); NULL in rows of before';
