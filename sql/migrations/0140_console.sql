-- People of the console: who may sign in, who has, and what they changed (console/, store/people).

CREATE TABLE console_users (
  name text PRIMARY KEY CHECK (name <> ''),
  password_hash text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')),
  services text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz
);
COMMENT ON COLUMN console_users.password_hash IS 'argon2id, as the PHC string format writes it';
COMMENT ON COLUMN console_users.services IS 'services and products that may be seen; NULL is all';

CREATE TABLE console_sessions (
  token_hash text PRIMARY KEY,
  name text NOT NULL REFERENCES console_users (name),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
COMMENT ON COLUMN console_sessions.token_hash IS 'SHA-256 of the cookie, which is kept nowhere';

CREATE TABLE console_actions (
  action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  person text NOT NULL CHECK (person <> ''),
  role text NOT NULL,
  action text NOT NULL,
  about text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_console_actions_about ON console_actions (about, at);
COMMENT ON TABLE console_actions IS 'what people changed and said in the console: the audit, and the feedback on hypotheses';
COMMENT ON COLUMN console_actions.about IS 'incident/ID, problem/FINGERPRINT, group, silence/ID, session';
