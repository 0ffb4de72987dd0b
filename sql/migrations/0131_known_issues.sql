-- Problems that are known, with what mends them; what became of each critical report of a node; what nodes and people are to be told.

-- The numbers of a version, 0.3.1 or v0.3.1-rc.1; NULL where it has none.
CREATE FUNCTION version_numbers(p_version text) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT string_to_array(substring(p_version FROM '^v?([0-9]{1,9}(?:\.[0-9]{1,9})*)'), '.')::integer[] $$;
COMMENT ON FUNCTION version_numbers IS 'the numbers of a version, most significant first; NULL where it begins with none';

CREATE FUNCTION has_fix(p_version text, p_fix text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT version_numbers(p_version) > version_numbers(p_fix)
    OR (version_numbers(p_version) = version_numbers(p_fix) AND (p_version !~ '-' OR p_version = p_fix)) $$;
COMMENT ON FUNCTION has_fix IS 'whether a version is the one with the fix or a later one; NULL where they cannot be compared';

-- The seed's table, with its columns first.
CREATE TABLE node_known_issues (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pattern text NOT NULL CHECK (pattern <> '' AND length(pattern) <= 1000),
  description text,
  fix_type text CHECK (fix_type IN ('update', 'config_change', 'manual', 'self_healing')),
  fix_version text,
  fix_instructions jsonb,
  auto_resolve boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  name text NOT NULL UNIQUE,
  match_kind text NOT NULL DEFAULT 'regex' CHECK (match_kind IN ('regex', 'keywords', 'fingerprint', 'group')),
  sources text[],
  services text[],
  fix_commit text,
  status text NOT NULL DEFAULT 'known' CHECK (status IN ('known', 'reopened')),
  reopened_at timestamptz,
  reopened_version text
);
COMMENT ON TABLE node_known_issues IS 'problems that are known, whatever reports them, and what mends them: sensorium known-issues';
COMMENT ON COLUMN node_known_issues.pattern IS 'an RE2 expression, words that must all occur, or 16 hex digits, as match_kind says';
COMMENT ON COLUMN node_known_issues.sources IS 'log, span, node, observer, debug, ci; NULL is all';
COMMENT ON COLUMN node_known_issues.auto_resolve IS 'the fix may be asked for without a person';
COMMENT ON COLUMN node_known_issues.status IS 'reopened: it was seen on a version that has the fix';

INSERT INTO node_known_issues (name, pattern, description, fix_type, fix_version, auto_resolve) VALUES
('port-conflict', 'EADDRINUSE', 'Port conflict from zombie process - fixed in 0.3.1', 'update', '0.3.1', true),
('watchdog-max-uptime', 'process.exit.*watchdog.*max uptime', 'Watchdog kills daemon, schtasks won''t restart - fixed in 0.3.1', 'update', '0.3.1', true);

CREATE TABLE node_commands (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  node_id text NOT NULL REFERENCES node_registry,
  type text NOT NULL,
  payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done')),
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz
);
COMMENT ON TABLE node_commands IS 'what a node is asked to do: SOFTWARE_UPDATE, CONFIG_CHANGE';
COMMENT ON COLUMN node_commands.state IS 'done: the node has reported the version that was asked for';
CREATE UNIQUE INDEX idx_node_commands_pending ON node_commands (node_id, type, (payload ->> 'version')) WHERE state = 'pending';

CREATE TABLE bridge_comms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sender text NOT NULL,
  recipient text NOT NULL,
  class text NOT NULL,
  message text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz
);
COMMENT ON TABLE bridge_comms IS 'messages to agents: each waits for the next heartbeat of its recipient and goes out with the answer';
CREATE INDEX idx_bridge_comms_waiting ON bridge_comms (recipient, id) WHERE delivered_at IS NULL;

CREATE TABLE node_triage (
  telemetry_id uuid PRIMARY KEY,
  node_id text NOT NULL,
  node_version text,
  reported_at timestamptz NOT NULL,
  issue_id uuid REFERENCES node_known_issues ON DELETE SET NULL,
  outcome text NOT NULL CHECK (outcome IN ('update_requested', 'change_requested', 'reopened', 'escalated', 'unknown', 'self_healing')),
  command_id uuid REFERENCES node_commands ON DELETE SET NULL,
  text text NOT NULL,
  triaged_at timestamptz NOT NULL,
  resolved_at timestamptz
);
COMMENT ON TABLE node_triage IS 'what became of each critical report of a node';
COMMENT ON COLUMN node_triage.outcome IS 'reopened, escalated and unknown reach a person';
CREATE INDEX idx_node_triage_command ON node_triage (command_id) WHERE resolved_at IS NULL;

ALTER TABLE fingerprints ADD COLUMN fixed_in text, ADD COLUMN fixed_by text;
COMMENT ON COLUMN fingerprints.fixed_in IS 'of a resolved problem: the version with the fix; seen on an older one it stays resolved';
COMMENT ON COLUMN fingerprints.fixed_by IS 'of a resolved problem: the commit of the fix';
