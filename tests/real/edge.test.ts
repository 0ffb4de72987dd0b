import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { addNode } from '../../store/nodes.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, type Ports, startSensorium } from '../sensorium-process.ts'
import { programs, startGateway, until } from './stock-collector.ts'

const ARRIVAL_LIMIT_MS = 60_000
const SECRET = 'a secret that both know'
const AT = '2026-11-20T10:00:00.250Z'
const NODE = { nodeId: 'kitchen', name: 'Kitchen laptop', userId: 'nana', environment: 'prod', heartbeatIntervalS: 30 }

const RUN = {
  run_id: 'r-1',
  repository: 'acme/shop',
  branch: 'main',
  commit_sha: 'c0ffee',
  source: 'ci',
  timestamp: AT,
  total_tests: 2,
  passed_tests: 1,
  failed_tests: 1,
  skipped_tests: 0,
  duration_ms: 10,
  metadata: { nested: { deep: [1, 2.5, null, 'x', true] } },
}
const STACK = 'TypeError: x is not a function\n    at total (/app/src/cart.ts:10:5)'
const REQUESTS: readonly (readonly [string, object])[] = [
  [
    '/ingest/buddy',
    [
      {
        env: 'prod',
        severity: 'error',
        type: 'deal.error',
        message: 'mémo ✗',
        created_at: AT,
        deal_id: 'd-1',
        context: { rate: 0.5, attempts: 3, big: 9_007_199_254_740_991, none: null, list: [] },
        error: { name: 'TypeError', message: 'x is not a function', stack: STACK, code: 7 },
        trace_id: 'ab'.repeat(16),
        release: '4.2',
        colour: 'red',
      },
      { env: 'dev', severity: 'debug', type: 'workflow.step', message: 'done', created_at: AT },
    ],
  ],
  [
    '/webhook/event',
    {
      eventType: 'SESSION_DROP',
      correlationId: 't-1',
      details: { service: 'S', errorCode: 'E', userId: '1' },
      priority: 'high',
      timestamp: AT,
    },
  ],
  [
    '/api/node/telemetry',
    {
      type: 'crash_report',
      entries: [`UNCAUGHT: ${STACK}`, 'EXIT code=1'],
      node_version: '0.3.0',
      os: 'linux',
      arch: 'x64',
      timestamp: AT,
    },
  ],
  [
    '/api/node/heartbeat',
    {
      node_id: 'kitchen',
      version: '0.3.1',
      uptime: 90_000,
      connection_state: 'connected',
      ws_failure_count: 2,
      last_task_at: null,
      memory_mb: 61.5,
      error_count: 3,
    },
  ],
  [
    '/ingest/ci',
    {
      run: RUN,
      test_failures: [
        {
          test_name: 'adds',
          error_type: 'TypeError',
          error_message: 'x is not a function',
          error_stack: STACK,
          line_number: 4,
        },
      ],
      lint_failures: [
        { rule: 'semi', severity: 'warning', message: 'no', file_path: 'src/a.ts', tool: 'eslint', source: 'a' },
      ],
      build_events: [
        {
          event_type: 'build_complete',
          status: 'failure',
          event_id: 'e-1',
          started_at: AT,
          completed_at: AT,
          error_message: 'tsc failed',
          artifacts: ['a'],
        },
      ],
    },
  ],
]

async function post(port: number, key: string): Promise<void> {
  for (const [path, body] of REQUESTS) {
    const text = JSON.stringify(body)
    const signature = createHmac('sha256', SECRET).update(text).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-pulse-signature': signature, 'x-node-key': key }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: text })
    assert.equal(response.status, 202, `${path}: ${await response.text()}`)
  }
}

/** What is in the tables, but for ids and times that are of the moment. */
const ROWS: Readonly<Record<string, string>> = {
  buddy_observer_events: `to_jsonb(t) - '{id}'::text[]`,
  node_telemetry: `to_jsonb(t) - CASE WHEN type = 'health' THEN '{id,created_at}' ELSE '{id}' END::text[]`,
  test_runs: 'to_jsonb(t)',
  test_failures: `to_jsonb(t) - '{failure_id}'::text[]`,
  lint_failures: `to_jsonb(t) - '{failure_id}'::text[]`,
  build_events: 'to_jsonb(t)',
  application_logs: `to_jsonb(t) - '{log_id,observed_timestamp}'::text[]`,
  metrics_samples: `to_jsonb(t) - '{sample_id,timestamp,start_timestamp}'::text[]`,
}

async function rowsOf(client: pg.Client): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {}
  for (const [table, row] of Object.entries(ROWS)) {
    // Our own findings come when what they are about is folded: before or after we look.
    const where = table === 'application_logs' ? `WHERE NOT coalesce(context ? 'finding.id', false)` : ''
    const { rows } = await client.query<{ row: string }>(
      `SELECT (${row})::text AS row FROM ${table} t ${where} ORDER BY 1`,
    )
    all[table] = rows.map(found => found.row)
  }
  return all
}

async function open(
  t: TestContext,
): Promise<{ readonly ports: Ports; readonly client: pg.Client; readonly url: string; readonly key: string }> {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  const key = await addNode(client, NODE)
  const ports = await freePorts()
  const environment = {
    DATABASE_URL: url,
    PULSE_INGEST_SECRET: SECRET,
    SENSORIUM_OTLP_VOUCHES_FOR: 'observer.*, node.*, ci.*',
  }
  const sensorium = await startSensorium({ ports, environment })
  t.after(async () => {
    await sensorium.end('SIGTERM')
    await client.end()
  })
  return { ports, client, url, key }
}

test('through config/edge.yaml and the stock collector the rows are the same as in one process', async t => {
  const { collector } = await programs()
  const direct = await open(t)
  await post(direct.ports.application, direct.key)
  const expected = await rowsOf(direct.client)
  for (const [table, rows] of Object.entries(expected)) assert.ok(rows.length > 0, `no row in ${table}`)

  const central = await open(t)
  const gateway = await startGateway(t, collector, `127.0.0.1:${central.ports.grpc}`)
  const ports = await freePorts()
  const environment = {
    DATABASE_URL: central.url,
    PULSE_INGEST_SECRET: SECRET,
    SENSORIUM_COLLECTOR: `http://${gateway.http}`,
  }
  const edge = await startSensorium({ ports, environment, config: 'config/edge.yaml' })
  t.after(() => edge.end('SIGTERM'))
  await post(ports.application, central.key)
  // Who is unsure sends again: that is answered, and sent on only once.
  const [[path, body]] = REQUESTS as [readonly [string, object]]
  const again = JSON.stringify(body)
  const signature = createHmac('sha256', SECRET).update(again).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-pulse-signature': signature }
  assert.equal(
    (await fetch(`http://127.0.0.1:${ports.application}${path}`, { method: 'POST', headers, body: again })).status,
    202,
  )

  const total = (rows: Record<string, string[]>) => Object.values(rows).flat().length
  let arrived: Record<string, string[]> = {}
  await until(ARRIVAL_LIMIT_MS, 'all rows have arrived through the collector', async () => {
    arrived = await rowsOf(central.client)
    return total(arrived) >= total(expected)
  })
  assert.deepEqual(arrived, expected)
})
