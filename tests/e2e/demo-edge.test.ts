import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const SECRETS = { SENSORIUM_CI_TOKEN: 'of-ci', PULSE_INGEST_SECRET: 'of-events' }
const SHORT = ['demo', '--minutes', '2', '--rate', '0.5']

test('the demo sends what is around the shop through the edge, signed where that is asked, and twice over', async t => {
  const { url } = await createDatabase()
  const folder = temporaryFolder('demo-edge')
  const truth = ['--truth', path.join(folder, 'truth.json')]
  const state = { XDG_STATE_HOME: path.join(folder, 'state') }
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url, ...SECRETS, ...state } })
  t.after(() => sensorium.end('SIGTERM'))
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())

  for (const seed of ['1', '2']) {
    const demo = await runCommand([...SHORT, ...truth, '--seed', seed], { DATABASE_URL: url, ...SECRETS, ...state })
    assert.equal(demo.code, 0, demo.stderr)
    assert.match(demo.stdout, /and at the edge: 60 reports of CI, 25 of tills, 3 calls of an agent, 9 signed events/)
    assert.equal(demo.stderr, '', 'nothing is left out')
  }
  const { rows } = await client.query(`SELECT
    (SELECT array_agg(DISTINCT source ORDER BY source) FROM test_runs) AS sources,
    (SELECT array_agg(DISTINCT outcome ORDER BY outcome) FROM test_failures) AS failures,
    (SELECT count(DISTINCT tool)::int FROM lint_failures) AS linters,
    (SELECT array_agg(DISTINCT event_type || ' ' || status ORDER BY event_type || ' ' || status) FROM build_events) AS events,
    (SELECT count(DISTINCT node_version)::int FROM node_telemetry WHERE type = 'crash_report') AS crashed_versions,
    (SELECT count(*)::int FROM buddy_observer_events) AS signed,
    (SELECT count(*)::int FROM node_registry WHERE revoked_at IS NULL) AS nodes,
    (SELECT count(DISTINCT tool)::int FROM mcp_calls) AS tools,
    (SELECT deduplicated > 0 FROM ingest_accounting WHERE receiver = 'ci') AS "sent twice",
    (SELECT sum(unaccounted)::int FROM ingest_accounting) AS unaccounted`)
  assert.deepEqual(rows[0], {
    sources: ['ci', 'local'],
    failures: ['failed', 'passed_on_retry'],
    linters: 2,
    events: ['build_complete failure', 'build_complete success', 'deploy_complete failure', 'deploy_complete success'],
    crashed_versions: 2,
    signed: 18,
    nodes: 4,
    tools: 3,
    'sent twice': true,
    unaccounted: 0,
  })
})

test('what the edge refuses is left out and told, and the shop’s own telemetry is there', async t => {
  const { url } = await createDatabase()
  const other = await createDatabase()
  const folder = temporaryFolder('demo-edge')
  const truth = ['--truth', path.join(folder, 'truth.json')]
  const state = { XDG_STATE_HOME: path.join(folder, 'state') }
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url, ...SECRETS, ...state } })
  t.after(() => sensorium.end('SIGTERM'))
  const wrong = { DATABASE_URL: other.url, SENSORIUM_CI_TOKEN: 'wrong', PULSE_INGEST_SECRET: 'wrong', ...state }
  const demo = await runCommand([...SHORT, ...truth], wrong)
  assert.equal(demo.code, 0, demo.stderr)
  assert.match(demo.stdout, /^sent and acknowledged: [\d,]{3,} spans/)
  assert.match(demo.stderr, /left out: CI: .*\/ingest\/ci answered 401: .*does not know the token/)
  assert.match(demo.stderr, /left out: tills: the server has the database .*: set DATABASE_URL or SENSORIUM_DATA_DIR/)
  assert.match(demo.stderr, /left out: signed events: .*x-pulse-signature does not fit/)

  const nowhere = environmentOf(await freePorts()).SENSORIUM_HTTP_ENDPOINT!
  const alone = await runCommand([...SHORT, ...truth, '--seed', '2', '--edge', `http://${nowhere}`], {
    ...state,
    DATABASE_URL: url,
  })
  assert.equal(alone.code, 0, alone.stderr)
  assert.match(alone.stderr, /left out: CI, tills and an agent \(no Sensorium answers at .*--edge\)/)
})
