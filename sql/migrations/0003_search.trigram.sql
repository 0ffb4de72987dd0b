-- Parts of words, and words with typing errors. Needs pg_trgm.
CREATE INDEX idx_fingerprint_texts_passage ON fingerprint_texts USING gin (passage gin_trgm_ops);
