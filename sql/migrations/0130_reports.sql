-- What the trouble of some minutes comes from, as it was explained when it was noticed, and what people said of it.

-- How much each kind of evidence counts. A new row with each word of feedback that moved them; the last one is in use.
CREATE TABLE evidence_weights (
  version integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  behaviour double precision NOT NULL CHECK (behaviour BETWEEN 0.25 AND 4),
  slowness double precision NOT NULL CHECK (slowness BETWEEN 0.25 AND 4),
  saturation double precision NOT NULL CHECK (saturation BETWEEN 0.25 AND 4),
  problem double precision NOT NULL CHECK (problem BETWEEN 0.25 AND 4),
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE evidence_weights IS 'how much evidence counts where trouble begins: the highest version is in use';
COMMENT ON COLUMN evidence_weights.problem IS 'what is thrown there; the others: what it does otherwise, what is slow there, what is at its limit';
INSERT INTO evidence_weights (behaviour, slowness, saturation, problem, reason) VALUES (1, 1, 1, 1, 'as it is delivered');

CREATE TABLE reports (
  id text PRIMARY KEY,
  trigger_kind text NOT NULL CHECK (trigger_kind IN ('debug_event', 'problem', 'anomaly', 'incident')),
  trigger_id text NOT NULL,
  series text NOT NULL,
  title text NOT NULL,
  severity text NOT NULL,
  environment text NOT NULL,
  service text NOT NULL,
  triggered_at timestamptz NOT NULL,
  window_from timestamptz NOT NULL,
  window_to timestamptz NOT NULL,
  correlation_id text,
  fingerprint text,
  incident_id text,
  entities_hit integer,
  notes jsonb NOT NULL DEFAULT '[]',
  timeline jsonb NOT NULL DEFAULT '[]',
  text text NOT NULL,
  triggers integer NOT NULL DEFAULT 1,
  weights_version integer NOT NULL REFERENCES evidence_weights,
  took_ms double precision NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE reports IS 'what a debug event, a new problem, an anomaly or an incident comes from, as far as it is known: sensorium reports';
COMMENT ON COLUMN reports.id IS 'a hash of what it was made for: the same in every process';
COMMENT ON COLUMN reports.series IS 'what is the same when it comes again';
COMMENT ON COLUMN reports.triggers IS 'how often it was asked for while this report was the answer';
COMMENT ON COLUMN reports.timeline IS 'what happened before it, in order of time: at (ms since 1970), text';
COMMENT ON COLUMN reports.text IS 'the whole report as plain text';
COMMENT ON COLUMN reports.took_ms IS 'from when it was noticed until it was stored';
CREATE INDEX idx_reports_triggered ON reports (triggered_at DESC);
CREATE INDEX idx_reports_series ON reports (series, created_at DESC);
CREATE INDEX idx_reports_incident ON reports (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE report_triggers (
  trigger_id text PRIMARY KEY,
  report_id text NOT NULL REFERENCES reports ON DELETE CASCADE,
  noticed_at timestamptz NOT NULL
);
COMMENT ON TABLE report_triggers IS 'what was noticed, and the report that is the answer to it';

CREATE TABLE hypotheses (
  report_id text NOT NULL REFERENCES reports ON DELETE CASCADE,
  place integer NOT NULL CHECK (place > 0),
  kind text NOT NULL,
  name text NOT NULL,
  dependency text,
  instance text,
  operation text,
  function text,
  file text,
  exception text,
  fingerprint text,
  release text,
  commit text,
  change jsonb,
  since timestamptz NOT NULL,
  confidence double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  because jsonb NOT NULL,
  against jsonb NOT NULL,
  confirm text NOT NULL,
  path jsonb NOT NULL,
  shared jsonb NOT NULL,
  points jsonb NOT NULL,
  PRIMARY KEY (report_id, place)
);
COMMENT ON TABLE hypotheses IS 'what a report holds for the cause, the likeliest first';
COMMENT ON COLUMN hypotheses.name IS 'the service, or what sends nothing itself, at which it begins';
COMMENT ON COLUMN hypotheses.confidence IS 'how often such a hypothesis is right: sensorium causes accuracy';
COMMENT ON COLUMN hypotheses.path IS 'from the symptom to the cause: text, and the table and id of a row that was there when it was written';
COMMENT ON COLUMN hypotheses.points IS 'evidence by its kind, which feedback moves the weights by';

CREATE TABLE report_feedback (
  feedback_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  report_id text NOT NULL REFERENCES reports ON DELETE CASCADE,
  said_by text NOT NULL CHECK (said_by <> ''),
  verdict text NOT NULL CHECK (verdict IN ('right', 'wrong', 'other')),
  place integer,
  cause text,
  said_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (report_id, said_by)
);
COMMENT ON TABLE report_feedback IS 'what people say of the first hypothesis of a report; the last word of each counts';
COMMENT ON COLUMN report_feedback.place IS 'of the hypothesis that was right instead';
COMMENT ON COLUMN report_feedback.cause IS 'in their words, where none of the hypotheses was right';

CREATE VIEW cause_accuracy WITH (security_invoker = true) AS
  SELECT h.kind, width_bucket(h.confidence, ARRAY[0.4::float8, 0.6::float8, 0.8::float8]) AS bucket,
    (ARRAY['below 0.4', '0.4 to 0.6', '0.6 to 0.8', '0.8 and more'])[width_bucket(h.confidence, ARRAY[0.4::float8, 0.6::float8, 0.8::float8]) + 1] AS said,
    count(*)::int AS reports, count(f.report_id)::int AS judged, count(*) FILTER (WHERE f.verdict = 'right')::int AS "right",
    count(*) FILTER (WHERE f.place IS NOT NULL AND f.verdict = 'other')::int AS right_among_others
  FROM hypotheses h
  LEFT JOIN LATERAL (SELECT * FROM report_feedback f WHERE f.report_id = h.report_id ORDER BY said_at DESC LIMIT 1) f ON true
  WHERE h.place = 1 GROUP BY 1, 2, 3;
COMMENT ON VIEW cause_accuracy IS 'of first hypotheses by kind and by how sure they were: how many people judged, and how many were right';
