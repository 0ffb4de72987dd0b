import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const SECRETS = {
  PULSE_INGEST_SECRET: 'secret-of-observer-4711',
  SENSORIUM_CI_TOKEN: 'token-of-ci-4711',
  GITHUB_WEBHOOK_SECRET: 'secret-of-github-4711',
  DEBUG_QUEUE_TOKEN: 'token-of-queue-4711',
  SENSORIUM_LOKI_TOKEN: 'token-of-loki-4711',
}
const BODIES = [
  '{"env":"prod","severity":"error","type":"a","message":"m"}',
  '{}',
  '{"a":',
  '[]',
  '"x"',
  '{"run":{}}',
  '{"streams":[]}',
]

test('no secret of the edge is in a log line, an answer, a config dump or a row, whatever is sent with it', async t => {
  const ports = await freePorts()
  // The embedded database, whose roles have the fewest rights.
  const own = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('edge-secrets'), 'postgres'), ...SECRETS }
  const sensorium = await startSensorium({ ports, environment: own })
  const environment = { ...environmentOf(ports), ...own }
  t.after(() => sensorium.end('SIGTERM'))
  const added = await runCommand(['nodes', 'add', 'Attic', '--json'], environment)
  const { key } = JSON.parse(added.stdout) as { key: string } // printed by --json
  const secrets = [...Object.values(SECRETS), key]

  const answers: string[] = []
  const post = async (path: string, body: string, headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${ports.application}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    answers.push(await response.text())
    return response.status
  }
  const hmac = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex')
  const statuses = new Set<number>()
  for (const body of BODIES) {
    const requests: [string, Record<string, string>][] = [
      ['/ingest/shop', { 'x-pulse-signature': hmac(SECRETS.PULSE_INGEST_SECRET, body) }],
      // Who mistakes the secret for the signature must not find it in the answer.
      ['/ingest/shop', { 'x-pulse-signature': SECRETS.PULSE_INGEST_SECRET }],
      ['/ingest/ci', { authorization: `Bearer ${SECRETS.SENSORIUM_CI_TOKEN}` }],
      ['/ingest/ci', { authorization: SECRETS.SENSORIUM_CI_TOKEN }],
      [
        '/ingest/ci',
        { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(SECRETS.GITHUB_WEBHOOK_SECRET, body)}` },
      ],
      ['/webhook/event', { authorization: `Bearer ${SECRETS.DEBUG_QUEUE_TOKEN}` }],
      ['/loki/api/v1/push', { authorization: `Bearer ${SECRETS.SENSORIUM_LOKI_TOKEN}` }],
      ['/api/node/telemetry', { 'x-node-key': key }],
      ['/api/node/heartbeat', { 'x-node-key': `${key}x` }],
    ]
    for (const [path, headers] of requests) statuses.add(await post(path, body, headers))
  }
  assert.ok(statuses.has(202) && statuses.has(400) && statuses.has(401), [...statuses].join())

  const dump = await runCommand(['config', 'print'], environment)
  assert.equal(dump.code, 0, dump.stderr)
  const tables = ['application_logs', 'buddy_observer_events', 'dead_letters', 'node_registry', 'telemetry_resources']
  const rows = await Promise.all(
    tables.map(async table => {
      const columns = { node_registry: 'node_id, name', dead_letters: 'message' }[table] ?? '*'
      return (await runCommand(['sql', `SELECT ${columns} FROM ${table}`, '--json'], environment)).stdout
    }),
  )
  assert.ok(rows[1]!.includes('"message":"m"'), 'the observer event is stored')
  const end = await sensorium.end('SIGTERM')
  assert.equal(end.code, 0)
  for (const secret of secrets) {
    assert.ok(!sensorium.output().includes(secret), `${secret} is in the log`)
    assert.ok(!answers.join().includes(secret), `${secret} is in an answer`)
    assert.ok(!dump.stdout.includes(secret), `${secret} is in the config dump`)
    assert.ok(!rows.join().includes(secret), `${secret} is in a row`)
  }
})
