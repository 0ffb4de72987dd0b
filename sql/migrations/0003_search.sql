-- What search reads. These rows are written once and stay: `fingerprints` changes with every fold, and each change of
-- an indexed row would go into the indexes of its words again.

CREATE FUNCTION fingerprint_passage(service text, kind text, template text, sample text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN service || ': ' || btrim(regexp_replace(template, '\s*<[a-z0-9_*]+>', '', 'g'))
    || CASE WHEN kind = 'log' THEN '' ELSE ' ' || left(sample, 500) END;
COMMENT ON FUNCTION fingerprint_passage IS 'a problem in words: its template without the variable parts, and for errors what the first one said';

CREATE FUNCTION fingerprint_words(passage text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN to_tsvector('english', regexp_replace(
    regexp_replace(passage, '([[:lower:][:digit:]])([[:upper:]])', '\1 \2', 'g'), '[^[:alnum:]]+', ' ', 'g'));
COMMENT ON FUNCTION fingerprint_words IS 'words of prose and of code: PaymentTimeoutError, payment_timeout and payment.timeout are all three words';

CREATE TABLE fingerprint_texts (
  fingerprint bigint PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  passage text NOT NULL,
  words tsvector GENERATED ALWAYS AS (fingerprint_words(passage)) STORED
);
COMMENT ON COLUMN fingerprint_texts.seq IS 'ascending in the order of arrival';
CREATE INDEX idx_fingerprint_texts_seq ON fingerprint_texts (seq);
CREATE INDEX idx_fingerprint_texts_words ON fingerprint_texts USING gin (words);

INSERT INTO fingerprint_texts (fingerprint, passage)
SELECT f.fingerprint, fingerprint_passage(
  (SELECT s.service FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint ORDER BY s.first_seen, s.service LIMIT 1),
  f.kind, f.template, f.sample)
FROM fingerprints f ORDER BY f.first_seen;

CREATE TABLE fingerprint_embeddings (
  model text NOT NULL,
  fingerprint bigint NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  embedding real[] NOT NULL,
  embedded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model, fingerprint)
);
COMMENT ON COLUMN fingerprint_embeddings.model IS 'name and revision of the model: vectors of different models are never compared';
COMMENT ON COLUMN fingerprint_embeddings.embedding IS 'of length one; with pgvector an HNSW index for each model stands on it, cast to vector';
CREATE INDEX idx_fingerprint_embeddings_seq ON fingerprint_embeddings (model, seq);
