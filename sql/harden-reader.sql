-- Functions by which a login that only reads can still hold up others, fill the disk or end sessions: large objects,
-- messages in the WAL, notifications, advisory locks. Everybody has them by default; this takes them from everybody in
-- this database, and leaves them to its owner and to sensorium_writer. Safe to repeat.
--
-- The embedded server gets it by itself. On a server of yours, run it once as a superuser, in Sensorium's database, and
-- not where other applications that need these functions share it:
--
--   psql "$DATABASE_URL" --file sql/harden-reader.sql
DO $$
DECLARE
  everybodys regprocedure;
BEGIN
  FOR everybodys IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
      AND p.proname ~ '^(lo_.*|loread|lowrite|pg_(try_)?advisory_.*|pg_logical_emit_message|pg_notify|pg_(cancel|terminate)_backend)$'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', everybodys);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO CURRENT_USER, sensorium_writer', everybodys);
  END LOOP;
END $$;
