import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { freePorts, runCommand, startSensorium } from '../sensorium-process.ts'

const TYPE = 'TypeError'
const MESSAGE = "Cannot read properties of undefined (reading 'total')"
const STACK = `TypeError: ${MESSAGE}
    at Cart.total (/app/src/cart.ts:41:18)
    at checkout (/app/src/checkout.ts:17:9)
    at async handle (/app/src/server.ts:88:5)`
/** The same code as another machine and another build see it. */
const STACK_ELSEWHERE = STACK.replaceAll('/app/', '/home/runner/work/shop/shop/').replace(':41:18', ':44:18')
const SECRET = 'a secret that both know'

test('the same failure as a test failure, a log line, a span, an observer event and a node crash is one group', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const environment = { DATABASE_URL: url, PULSE_INGEST_SECRET: SECRET }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const added = await runCommand(['nodes', 'add', 'Kitchen laptop', '--json'], environment)
  const { key } = JSON.parse(added.stdout) as { key: string } // printed by --json

  const post = async (port: number, path: string, body: object, headers: Record<string, string> = {}) => {
    const text = JSON.stringify(body)
    const signature = createHmac('sha256', SECRET).update(text).digest('hex')
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-pulse-signature': signature, ...headers },
      body: text,
    })
    assert.ok(response.ok, `${path}: ${response.status} ${await response.text()}`)
  }
  const attributes = (stack: string) =>
    Object.entries({ 'exception.type': TYPE, 'exception.message': MESSAGE, 'exception.stacktrace': stack }).map(
      ([key, value]) => ({ key, value: { stringValue: value } }),
    )
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
  const now = `${Date.now()}000000`

  const log = {
    timeUnixNano: now,
    severityNumber: 17,
    body: { stringValue: 'checkout failed' },
    attributes: attributes(STACK),
  }
  await post(ports.http, '/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [log] }] }] })
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 'POST /checkout',
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    status: { code: 2 },
    events: [{ name: 'exception', timeUnixNano: now, attributes: attributes(STACK) }],
  }
  await post(ports.http, '/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
  await post(ports.application, '/ingest/shop', {
    env: 'prod',
    severity: 'error',
    type: 'deal.error',
    message: 'checkout of deal 17 failed',
    deal_id: '17',
    error: { name: TYPE, message: MESSAGE, stack: STACK },
  })
  await post(
    ports.application,
    '/api/node/telemetry',
    {
      type: 'crash_report',
      entries: [`UNCAUGHT: ${STACK}`, 'EXIT code=1'],
      node_version: '0.3.0',
      os: 'linux',
      arch: 'x64',
    },
    { 'x-node-key': key },
  )
  const run = { run_id: 'r-1', repository: 'acme/shop', branch: 'main', commit_sha: 'c0ffee', source: 'ci' }
  await post(ports.application, '/ingest/ci', {
    run: { ...run, total_tests: 1, passed_tests: 0, failed_tests: 1, skipped_tests: 0, duration_ms: 10 },
    test_failures: [
      { test_name: 'checks out', error_type: TYPE, error_message: MESSAGE, error_stack: STACK_ELSEWHERE },
    ],
  })

  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const tables = ['application_logs', 'trace_spans', 'buddy_observer_events', 'node_telemetry', 'test_failures']
  const seen = tables.map(
    table => `SELECT '${table}' AS table, fingerprint FROM ${table} WHERE fingerprint IS NOT NULL`,
  )
  // Findings are log records, too; they tell of the problem and are not it.
  const { rows } = await client.query(
    `SELECT "table", s.fingerprint FROM (${seen.join(' UNION ALL ')}) s
     WHERE NOT ("table" = 'application_logs' AND s.fingerprint NOT IN (SELECT fingerprint FROM trace_spans)) ORDER BY 1`,
  )
  assert.deepEqual(
    rows.map(row => row.table),
    tables.toSorted(),
  )
  assert.equal(new Set(rows.map(row => row.fingerprint)).size, 1, JSON.stringify(rows))
  for (;;) {
    const { rows: groups } = await client.query(
      `SELECT f.kind, f.records::int, array_agg(s.service ORDER BY s.service) AS services FROM fingerprints f
       JOIN fingerprint_services s USING (fingerprint) WHERE f.fingerprint = $1 GROUP BY 1, 2`,
      [rows[0].fingerprint],
    )
    if (groups[0]?.records !== 5) continue
    assert.deepEqual(groups, [{ kind: 'error', records: 5, services: ['acme/shop', 'node', 'shop', 'shop'] }])
    break
  }
  for (const secret of [SECRET, key]) assert.ok(!sensorium.output().includes(secret), 'a secret in the log')
  const groups = await runCommand(['groups', 'list', '--kind', 'error', '--json'], environment)
  const [group, ...others] = JSON.parse(groups.stdout) as { records: number; fingerprints: number }[] // printed by --json
  assert.deepEqual([group?.records, group?.fingerprints, others.length], [5, 1, 0])
})
