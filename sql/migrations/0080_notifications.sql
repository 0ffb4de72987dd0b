-- Being told once: who is told of which finding by which message, and what holds messages back (store/notifications).

CREATE TABLE silences (
  silence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('silence', 'maintenance')),
  matchers text[] NOT NULL CHECK (cardinality(matchers) > 0),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at >= starts_at),
  created_by text NOT NULL CHECK (created_by <> ''),
  reason text NOT NULL CHECK (reason <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_by text
);
CREATE INDEX idx_silences_ends ON silences (ends_at);
COMMENT ON TABLE silences IS 'silences and maintenance windows: which findings nobody is told of, who said so, why, and until when';
COMMENT ON COLUMN silences.matchers IS 'as Alertmanager writes them, all must hold: service="shop", severity=~"info|warning"';

CREATE TABLE notification_groups (
  destination text NOT NULL,
  group_key text NOT NULL,
  labels jsonb NOT NULL,
  group_interval_ms bigint NOT NULL,
  repeat_interval_ms bigint NOT NULL,
  flush_at timestamptz,
  episode_at timestamptz,
  messages integer NOT NULL DEFAULT 0,
  notified_at timestamptz,
  thread jsonb,
  in_doubt_since timestamptz,
  PRIMARY KEY (destination, group_key)
);
CREATE INDEX idx_notification_groups_flush ON notification_groups (destination, flush_at) WHERE flush_at IS NOT NULL;
COMMENT ON TABLE notification_groups IS 'findings that a destination is told of in one message';
COMMENT ON COLUMN notification_groups.flush_at IS 'when it is decided again whether there is something to tell';
COMMENT ON COLUMN notification_groups.episode_at IS 'since when the group fires: with the group the identity of a thread of messages';
COMMENT ON COLUMN notification_groups.thread IS 'what the destination calls the first message of the thread';
COMMENT ON COLUMN notification_groups.in_doubt_since IS 'a message was sent whose answer was lost';

CREATE TABLE notification_findings (
  destination text NOT NULL,
  finding_id text NOT NULL,
  group_key text NOT NULL,
  series text NOT NULL,
  state text NOT NULL CHECK (state IN ('firing', 'ended', 'event')),
  revision integer NOT NULL,
  severity smallint NOT NULL,
  acknowledged boolean NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  at timestamptz NOT NULL,
  restarts integer NOT NULL DEFAULT 0,
  finding jsonb NOT NULL,
  routing jsonb NOT NULL,
  held_back_by text,
  told_state text,
  told_revision integer,
  told_severity smallint,
  told_acknowledged boolean,
  told_at timestamptz,
  PRIMARY KEY (destination, finding_id)
);
CREATE INDEX idx_notification_findings_group ON notification_findings (destination, group_key);
COMMENT ON TABLE notification_findings IS 'what each destination knows of each finding: its state, and what was told last';
COMMENT ON COLUMN notification_findings.told_state IS 'firing or ended; dropped: nothing was told and nothing will be';

CREATE TABLE notifications (
  notification_id text PRIMARY KEY,
  destination text NOT NULL,
  group_key text NOT NULL,
  change text NOT NULL,
  content jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'unknown', 'refused')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  sending_since timestamptz,
  done_at timestamptz,
  answer text
);
CREATE INDEX idx_notifications_due ON notifications (destination, next_attempt_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX idx_notifications_group ON notifications (destination, group_key) WHERE state IN ('waiting', 'sending');
CREATE INDEX idx_notifications_created ON notifications (created_at);
COMMENT ON TABLE notifications IS 'the outbox: messages to destinations, and what became of them';
COMMENT ON COLUMN notifications.state IS 'unknown: sent, and the answer was lost; it is not sent again where the destination could not tell';
COMMENT ON COLUMN notifications.answer IS 'of the destination, or why there is none';

CREATE TABLE notification_tellings (
  destination text NOT NULL,
  finding_id text NOT NULL,
  revision integer NOT NULL,
  change text NOT NULL,
  repetition integer NOT NULL,
  notification_id text NOT NULL REFERENCES notifications ON DELETE CASCADE,
  PRIMARY KEY (destination, finding_id, revision, change, repetition)
);
CREATE INDEX idx_notification_tellings_notification ON notification_tellings (notification_id);
COMMENT ON TABLE notification_tellings IS 'which revision of a finding a destination was told by which message: its key is why nothing is told twice';
COMMENT ON COLUMN notification_tellings.repetition IS '0 but for findings that last: one more in each repeat interval';

CREATE TABLE notification_destinations (
  destination text PRIMARY KEY,
  paused_until timestamptz,
  last_sent_at timestamptz,
  last_fault text,
  last_fault_at timestamptz
);
COMMENT ON TABLE notification_destinations IS 'how each destination does; paused while it asks us to wait';

CREATE TABLE inhibit_sources (
  source text NOT NULL,
  finding_id text NOT NULL,
  revision integer NOT NULL,
  at timestamptz NOT NULL,
  firing boolean NOT NULL,
  PRIMARY KEY (source, finding_id)
);
CREATE INDEX idx_inhibit_sources_firing ON inhibit_sources (source) WHERE firing;
COMMENT ON TABLE inhibit_sources IS 'findings that hold back others while they fire';
COMMENT ON COLUMN inhibit_sources.source IS 'the rule and the labels that must be equal, as one name';
