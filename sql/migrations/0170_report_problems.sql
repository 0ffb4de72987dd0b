-- One trouble, one report: the problems that belong to it, so that what is noticed of them later has the same answer.
ALTER TABLE reports ADD COLUMN fingerprints text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN reports.fingerprints IS 'problems of what was noticed, of its correlation id and of the likeliest cause: the same trouble';
