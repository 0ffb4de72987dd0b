-- How far receivers that pull have come, so that they go on where they stopped.
CREATE TABLE receiver_positions (
  receiver text NOT NULL,
  source text NOT NULL,
  position bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (receiver, source)
);
COMMENT ON COLUMN receiver_positions.position IS 'nanoseconds since 1970: all before it is stored';
