-- Links that show one node to its owner, who does not sign in (console/, store/people/node-links.ts).

CREATE TABLE console_links (
  link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  node_id text NOT NULL REFERENCES node_registry (node_id),
  created_by text NOT NULL CHECK (created_by <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  opened_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
CREATE INDEX idx_console_links_node ON console_links (node_id);
COMMENT ON TABLE console_links IS 'secret links, each of which shows one node and nothing else';
COMMENT ON COLUMN console_links.token_hash IS 'SHA-256 of what the link holds, which is kept nowhere';
COMMENT ON COLUMN console_links.opened_at IS 'when it was last used, to the minute';
