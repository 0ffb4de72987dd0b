-- What a language model made of a report that was finished without it: checked before it is kept.

CREATE TABLE report_prose (
  report_id text PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
  revision integer NOT NULL,
  model text NOT NULL,
  prose text,
  note text,
  evidence jsonb NOT NULL DEFAULT '[]',
  tokens integer NOT NULL DEFAULT 0,
  took_ms double precision NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((prose IS NULL) <> (note IS NULL))
);
COMMENT ON TABLE report_prose IS 'a report in sentences of a language model, where service.agent names one; the report itself is told without it';
COMMENT ON COLUMN report_prose.revision IS 'of the report that it is of';
COMMENT ON COLUMN report_prose.prose IS 'each sentence names its evidence: [E1]';
COMMENT ON COLUMN report_prose.note IS 'why there is none: the model did not answer, or claimed what no evidence has';
COMMENT ON COLUMN report_prose.evidence IS 'ref (E1, E2, …) and text: all that the model was shown';
