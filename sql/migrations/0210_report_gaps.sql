-- What is noticed while nobody looks comes afterwards, from the queues of Collectors, with the times of then.
CREATE TABLE report_gaps (
  began_at timestamptz PRIMARY KEY,
  ended_at timestamptz NOT NULL
);
COMMENT ON TABLE report_gaps IS 'times in which no process looked for what is to be explained, such as a restart: they are looked at again for some minutes';
