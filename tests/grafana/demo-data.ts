import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { runDemo } from '../../demo/index.ts'
import { connect } from '../../store/connect.ts'
import { rollDue } from '../../store/kpis/job.ts'
import { addNode } from '../../store/nodes.ts'
import { foldAllRed } from '../../store/red/fold.ts'
import { learn } from '../../store/service-map/learn.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { withReader } from '../with-reader.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const KPI_TABLES = ['kpi_rollups_hourly', 'kpi_operations_hourly', 'mv_kpis_daily']

export interface DemoDatabase {
  readonly owner: pg.Client
  /** The login that Grafana gets: it only reads. */
  readonly reader: pg.Client
  readonly from: Date
  readonly to: Date
}

/**
 * A database as the demo leaves it, by way of a whole Sensorium. What the demo does not send, test runs, builds and
 * nodes, is reported to the same process as CI and nodes report it.
 */
export async function demoDatabase(t: TestContext): Promise<DemoDatabase> {
  const { url } = await createDatabase()
  const store = await withReader(url)
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const owner = await connected(t, url)
  const edge = `http://127.0.0.1:${ports.application}`
  await runDemo({
    minutes: 40,
    rate: 1,
    endpoint: `http://127.0.0.1:${ports.http}`,
    truthFile: `${temporaryFolder('grafana')}/truth.json`,
  })
  await sendTwice(`http://127.0.0.1:${ports.http}/v1/logs`)
  await reportRuns(edge)
  await reportNodes(edge, owner)
  // Folding goes on in the process; what it left is merged here, and hours and days are made as if they were over.
  for (;;) {
    const { rowCount } = await owner.query('SELECT FROM fingerprint_sightings LIMIT 1')
    if (rowCount === 0) break
  }
  await sensorium.end('SIGTERM')
  await foldAllRed(owner)
  await learn(owner, new Date(Date.now() - HOUR_MS), new Date())
  await rollDue(owner, { now: new Date(Date.now() + 2 * DAY_MS), apdexMs: 500, keptDays: 40 })
  for (const table of KPI_TABLES) assert.ok((await owner.query(`SELECT FROM ${table} LIMIT 1`)).rowCount, table)
  const reader = await connect(store.connection('reader'))
  t.after(() => reader.end())
  return { owner, reader, from: new Date(Date.now() - HOUR_MS), to: new Date() }
}

async function connected(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  return client
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  assert.equal(response.status, 202, await response.text())
}

/** As a sender does that lost the answer: the second is deduplicated. */
async function sendTwice(url: string): Promise<void> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'storefront' } }] }
  const logRecords = [{ severityNumber: 9, body: { stringValue: 'sent twice' } }]
  const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })
  for (let copy = 0; copy < 2; copy++) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    assert.equal(response.status, 200)
  }
}

/** Two commits: the first is flaky in CI, the second passes where it was written and fails in CI. */
async function reportRuns(edge: string): Promise<void> {
  const run = (n: number, source: string, failed: number, commit: string) => ({
    run_id: `run-${n}`,
    repository: 'acme/shop',
    branch: 'main',
    commit_sha: commit,
    source,
    node_version: source === 'ci' ? 'v24.21.0' : 'v24.12.0',
    total_tests: 40,
    passed_tests: 40 - failed,
    failed_tests: failed,
    skipped_tests: 0,
    duration_ms: 5_000 + n,
    metadata: { coverage_percent: 81.5 },
  })
  const failure = {
    test_name: 'adds up',
    test_file: 'cart.test.ts',
    error_type: 'TypeError',
    error_message: 'x is not a function',
  }
  const built = { event_type: 'build_complete', duration_ms: 61_000 }
  await post(`${edge}/ingest/ci`, {
    run: run(1, 'local', 0, 'c0ffee'),
    lint_failures: [{ rule: 'noUnused', severity: 'warning', message: 'unused', file_path: 'a.ts', tool: 'biome' }],
  })
  await post(`${edge}/ingest/ci`, {
    run: run(2, 'ci', 0, 'c0ffee'),
    test_failures: [{ ...failure, outcome: 'passed_on_retry' }],
    build_events: [{ ...built, status: 'success' }],
  })
  await post(`${edge}/ingest/ci`, {
    run: run(3, 'local', 0, 'decade'),
    build_events: [{ event_type: 'deploy_complete', status: 'success', environment: 'production' }],
  })
  await post(`${edge}/ingest/ci`, {
    run: run(4, 'ci', 1, 'decade'),
    test_failures: [failure],
    build_events: [{ ...built, status: 'failure', error_message: '1 test failed' }],
  })
}

async function reportNodes(edge: string, owner: pg.Client): Promise<void> {
  for (const nodeId of ['kitchen', 'attic']) {
    const key = await addNode(owner, {
      nodeId,
      name: nodeId,
      userId: 'nana',
      environment: 'production',
      heartbeatIntervalS: 30,
    })
    const headers = { 'x-node-key': key }
    const beat = {
      version: '0.3.1',
      uptime: 90_000,
      connection_state: 'connected',
      ws_failure_count: 0,
      memory_mb: 61,
      error_count: 0,
    }
    // The registry is read again every two seconds; until then the key is a stranger's.
    while ((await fetch(`${edge}/api/node/telemetry?limit=1`, { headers })).status === 401);
    await post(`${edge}/api/node/heartbeat`, beat, headers)
    if (nodeId === 'attic') continue
    const entries = [
      'UNCAUGHT: Error: listen EADDRINUSE: address already in use 127.0.0.1:9847',
      '    at Server.listen (/app/server.js:10:5)',
      'EXIT code=1',
    ]
    await post(`${edge}/api/node/telemetry`, { type: 'crash_report', entries, node_version: '0.3.0' }, headers)
  }
}
