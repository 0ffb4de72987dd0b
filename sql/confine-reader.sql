-- For the embedded server alone, which runs it as its superuser at each start. Every session of a login that only reads
-- begins by giving up what it does not need: memory of its own past a bound (the kernel refuses it, and the statement
-- ends with "out of memory"), and its place before those who write. It is done by a login trigger, so that it holds for
-- psql and Grafana as well, and before their first statement.
--
-- Statements of people and of agents stand behind the questions that we wrote ourselves: those have the reader's login
-- and no name that says otherwise. A kernel that shares its processors out by session (autogroup) looks at the session's
-- own number, not at that of its processes, and every backend is a session. It takes ten such numbers a second from all
-- who are not root, so those who come together wait for one another; store/embedded/give-way.ts has the last word.
--
-- The program is POSIX sh; without util-linux it does nothing, and the ceiling of the whole server is what is left.
-- RLIMIT_DATA counts private memory only, not the shared buffers. {reader_memory_bytes} and {open_ended} are filled in by
-- Sensorium: a setting could be given by whoever connects.
CREATE SCHEMA IF NOT EXISTS sensorium_guard;
REVOKE ALL ON SCHEMA sensorium_guard FROM PUBLIC;

CREATE OR REPLACE FUNCTION sensorium_guard.confine_reader() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  is_ours CONSTANT boolean := session_user = 'sensorium_reader' AND current_setting('application_name') <> '{open_ended}';
BEGIN
  IF pg_has_role(session_user, 'sensorium_writer', 'MEMBER') OR NOT pg_has_role(session_user, 'sensorium_reader', 'MEMBER') THEN
    RETURN;
  END IF;
  IF is_ours THEN
    COPY (SELECT WHERE false) TO PROGRAM
      '{ prlimit --pid $PPID --data={reader_memory_bytes}; renice -n 5 -p $PPID; } >/dev/null 2>&1 || true';
  ELSE
    COPY (SELECT WHERE false) TO PROGRAM
      '{ prlimit --pid $PPID --data={reader_memory_bytes}; renice -n 15 -p $PPID; for i in 1 2 3 4 5 6 7 8; do [ -w /proc/$PPID/autogroup ] || break; echo 15 >/proc/$PPID/autogroup && break; sleep 0.11; done; } >/dev/null 2>&1 || true';
  END IF;
END $$;
REVOKE ALL ON FUNCTION sensorium_guard.confine_reader() FROM PUBLIC;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'sensorium_confine_reader') THEN
    CREATE EVENT TRIGGER sensorium_confine_reader ON login EXECUTE FUNCTION sensorium_guard.confine_reader();
    ALTER EVENT TRIGGER sensorium_confine_reader ENABLE ALWAYS;
  END IF;
END $$;
