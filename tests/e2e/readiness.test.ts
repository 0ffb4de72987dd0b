import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { encodeLogs } from '../otlp/requests.ts'
import { createDatabase } from '../postgres.ts'
import { until } from '../real/stock-collector.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'

const CLIENTS = 70
/** The trial write comes after five seconds without traffic. */
const RECOVERY_MS = 20_000
const FULL = `
  CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON ingest_ledger FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`

test('readiness tells whether commits succeed, of nobody’s connections but its own, and is back by itself', async t => {
  const { url, name } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(async () => {
    await sensorium.end('SIGKILL')
    await client.end()
  })
  const readyz = async () => {
    const response = await fetch(`http://127.0.0.1:${ports.application}/readyz`)
    return { status: response.status, text: await response.text() }
  }
  const send = async (body: string) => {
    const logRecords = [{ body: { stringValue: body } }]
    const response = await fetch(`http://127.0.0.1:${ports.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
    })
    await response.arrayBuffer()
    return response.status
  }
  const connections = async () => {
    const sql = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1'
    return (await client.query(sql, [name])).rows[0].n as number
  }

  assert.deepEqual([await send('before'), (await readyz()).status], [200, 200])
  const opened = await connections()
  const [most] = await Promise.all([
    connections(),
    ...Array.from({ length: CLIENTS }, async () => assert.equal((await readyz()).status, 200)),
  ])
  assert.ok(most <= opened, `${most} connections while ${CLIENTS} asked, ${opened} before`)

  await client.query(FULL)
  assert.equal(await send('refused'), 503)
  const unready = await readyz()
  assert.equal(unready.status, 503)
  assert.match(unready.text, /last commit failed.*No space left on device/)

  await client.query('DROP FUNCTION full_disk CASCADE')
  await until(RECOVERY_MS, 'a trial write shows that the database takes writes again', async () => {
    return (await readyz()).status === 200
  })
  assert.equal(await send('after'), 200)
})
