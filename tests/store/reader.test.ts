import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { withClient } from '../../store/connect.ts'
import { migrate } from '../../store/migrate.ts'
import { openStore } from '../../store/open.ts'
import { freePort } from '../postgres-server.ts'

/** Every way that Postgres offers to leave something behind or to get at what is not in the tables. */
const FORBIDDEN = [
  `INSERT INTO telemetry_scopes (scope_id, name, attributes) VALUES (1, 's', '{}')`,
  'UPDATE ingest_ledger SET stored = 0',
  'DELETE FROM ingest_ledger',
  `MERGE INTO ingest_ledger l USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE`,
  'TRUNCATE ingest_ledger',
  'COPY ingest_ledger FROM PROGRAM $$true$$',
  'COPY ingest_ledger TO PROGRAM $$true$$',
  `COPY ingest_ledger TO '/tmp/sensorium-reader'`,
  'SELECT * FROM ingest_ledger FOR UPDATE',
  'LOCK TABLE ingest_ledger IN ROW EXCLUSIVE MODE',
  'CREATE TABLE mine ()',
  'CREATE TEMP TABLE mine ()',
  'SELECT 1 AS one INTO mine',
  'CREATE VIEW mine AS SELECT 1',
  'CREATE SCHEMA mine',
  'CREATE SEQUENCE mine',
  `CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  'CREATE INDEX ON ingest_ledger (stored)',
  'CREATE EXTENSION hstore',
  'CREATE ROLE mine',
  'CREATE DATABASE mine',
  'ALTER TABLE ingest_ledger ADD mine int',
  'DROP TABLE ingest_ledger',
  `COMMENT ON TABLE ingest_ledger IS 'mine'`,
  'SET ROLE sensorium',
  'SET ROLE sensorium_writer',
  'SET SESSION AUTHORIZATION sensorium',
  `SELECT nextval('dead_letters_dead_letter_id_seq')`,
  `SELECT setval('dead_letters_dead_letter_id_seq', 9)`,
  'SELECT lo_create(0)',
  `SELECT lo_from_bytea(0, 'x')`,
  `SELECT pg_read_file('/etc/hostname')`,
  'SELECT pg_advisory_lock(1)',
  'SELECT pg_try_advisory_xact_lock_shared(1, 2)',
  `SELECT pg_logical_emit_message(false, 'a', 'b')`,
  `SELECT pg_notify('a', 'b')`,
  'SELECT pg_terminate_backend(0)',
  'ALTER SYSTEM SET fsync = off',
  'SELECT pg_reload_conf()',
  'CHECKPOINT',
]

test('the embedded reader can write nothing, however it asks', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-reader-'))
  const settings = { url: undefined, reader_url: undefined, data_dir: folder, port: await freePort() }
  const store = await openStore(settings, pino({ level: 'silent' }))
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await migrate(store)
  assert.equal(store.capabilities.footing, 'embedded')

  await withClient(store, 'reader', async reader => {
    const { rows } = await reader.query('SHOW statement_timeout')
    assert.deepEqual(rows, [{ statement_timeout: '5s' }])
    for (const statement of FORBIDDEN) await assert.rejects(reader.query(statement), pg.DatabaseError, statement)
    // The default is a courtesy that anybody may switch off; the rights must hold without it.
    await reader.query('SET default_transaction_read_only = off')
    // Granting what one does not have is a warning only, and grants nothing.
    await reader.query('GRANT ALL ON ingest_ledger TO sensorium_reader')
    for (const statement of FORBIDDEN) await assert.rejects(reader.query(statement), pg.DatabaseError, statement)
    assert.deepEqual((await reader.query('SELECT count(*)::int AS count FROM trace_spans')).rows, [{ count: 0 }])
  })
  for (const database of ['postgres', 'template1']) {
    const url = new URL(store.connection('reader').connectionString)
    url.pathname = `/${database}`
    await assert.rejects(new pg.Client(url.href).connect(), /permission denied for database/)
  }
})
