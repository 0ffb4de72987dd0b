import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { OverloadedError, UnavailableError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { addNode, listNodes, revokeNode } from '../../store/nodes.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { openEdgeReceiver, openStoredEdge } from '../../tests/edge-receiver.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { silentNodes } from '../silent-nodes/index.ts'
import { node } from './index.ts'

testComponent(node)
testComponent(silentNodes)

const TELEMETRY = '/api/node/telemetry'
const HEARTBEAT = '/api/node/heartbeat'
const NODE = { nodeId: 'kitchen', name: 'Kitchen laptop', userId: 'nana', environment: 'prod', heartbeatIntervalS: 30 }
const CRASH = {
  type: 'crash_report',
  entries: [
    'UNCAUGHT: Error: listen EADDRINUSE: address already in use 127.0.0.1:9847',
    '    at Server.listen (/app/server.js:10:5)',
    'EXIT code=1',
  ],
  node_version: '0.3.0',
  os: 'win32',
  arch: 'x64',
  uptime_before_crash: null,
  timestamp: '2026-11-20T10:00:00.250Z',
}
const BEAT = {
  node_id: 'kitchen',
  version: '0.3.1',
  uptime: 90_000,
  connection_state: 'connected',
  ws_failure_count: 2,
  last_task_at: null,
  memory_mb: 61,
  error_count: 3,
}

async function open(t: TestContext, settings: object = {}) {
  const edge = await openStoredEdge(t, node, { registry_refresh_ms: 100, ...settings })
  const key = await addNode(edge.client, NODE)
  const send = (path: string, body: object | string, headers: Record<string, string> = { 'x-node-key': key }) =>
    edge.post(path, typeof body === 'string' ? body : JSON.stringify(body), headers)
  const get = async (query: string, headers: Record<string, string>) => {
    const response = await edge.http.request(`${TELEMETRY}${query}`, { headers })
    return {
      status: response.status,
      json: (await response.json()) as { telemetry: Record<string, unknown>[]; error: string },
    } // ours
  }
  return { ...edge, key, send, get }
}

test('a crash report becomes a critical row with its error, version, node and user, once however often it is sent', async t => {
  const { send, rows } = await open(t)
  assert.equal((await send(TELEMETRY, CRASH)).status, 202)
  assert.equal((await send(TELEMETRY, CRASH)).status, 202)
  const [row, ...others] = await rows(`SELECT *, payload->>'uptime_before_crash' AS uptime FROM node_telemetry`)
  assert.equal(others.length, 0)
  assert.partialDeepStrictEqual(row, {
    node_id: 'kitchen',
    user_id: 'nana',
    type: 'crash_report',
    severity: 'critical',
    resolved: false,
    node_version: '0.3.0',
    created_at: new Date('2026-11-20T10:00:00.250Z'),
    message: 'crash: Error: listen EADDRINUSE: address already in use 127.0.0.1:9847',
    error_type: 'Error',
    error_message: 'listen EADDRINUSE: address already in use 127.0.0.1:9847',
    error_stack:
      'Error: listen EADDRINUSE: address already in use 127.0.0.1:9847\n    at Server.listen (/app/server.js:10:5)',
    service: 'node',
    environment: 'prod',
    uptime: null,
  })
  assert.deepEqual((row!.payload as typeof CRASH).entries, CRASH.entries)
})

const CLASSES: readonly (readonly [object, string, string])[] = [
  [{ type: 'connection_degraded', failure_count: 5, last_connected: null }, 'warning', 'connection degraded'],
  [
    { type: 'error', message: 'disk full', stack: 'DiskError: disk full\n    at w (/a.js:1:1)' },
    'warning',
    'disk full',
  ],
  [{ type: 'health', disk_free_mb: 12 }, 'info', 'health'],
]
for (const [body, severity, message] of CLASSES) {
  test(`telemetry is classified as the seed says: ${(body as { type: string }).type} is ${severity}`, async t => {
    const { send, rows } = await open(t)
    assert.equal((await send(TELEMETRY, body)).status, 202)
    assert.partialDeepStrictEqual(await rows('SELECT severity, message, payload FROM node_telemetry'), [
      { severity, message, payload: body },
    ])
  })
}

test('a heartbeat is a sign of life and four metrics; one that is sent again at once counts once, a later one anew', async t => {
  const { send, rows } = await open(t)
  assert.equal((await send(HEARTBEAT, BEAT)).status, 202)
  assert.equal((await send(HEARTBEAT, { ...BEAT, uptime: 120_000, node_id: undefined })).status, 202)
  assert.deepEqual((await rows('SELECT type, severity, node_version FROM node_telemetry')).length, 2)
  const points = await rows(
    `SELECT metric_name AS name, metric_type AS type, unit, value, is_monotonic FROM metrics_samples WHERE value <> 120 ORDER BY 1, value LIMIT 10`,
  )
  const [errors, , failures, , memory, , uptime] = points
  assert.deepEqual(
    [errors, failures, memory, uptime],
    [
      { name: 'node.connection.failures', type: 'gauge', unit: '{failure}', value: 2, is_monotonic: null },
      { name: 'node.errors', type: 'sum', unit: '{error}', value: 3, is_monotonic: true },
      { name: 'node.memory.usage', type: 'gauge', unit: 'MiBy', value: 61, is_monotonic: null },
      { name: 'node.uptime', type: 'gauge', unit: 's', value: 90, is_monotonic: null },
    ],
  )
  const [resource] = await rows(
    `SELECT DISTINCT attributes->>'service.instance.id' AS node FROM metrics_samples JOIN telemetry_resources USING (resource_id)`,
  )
  assert.deepEqual(resource, { node: 'kitchen' })
})

test('a clock that runs ahead, or from the year 1 on, does not date a report: its receipt does', async t => {
  const { send, rows } = await open(t)
  for (const timestamp of ['2999-01-01T00:00:00Z', '0001-01-01T00:00:00Z']) {
    const { json } = await send(TELEMETRY, { ...CRASH, timestamp })
    assert.deepEqual([json.accepted, json.rejected], [1, 0])
  }
  const isNow = { is_now: true }
  const stored = await rows(
    `SELECT created_at BETWEEN now() - interval '1 hour' AND now() AS is_now FROM node_telemetry`,
  )
  assert.deepEqual(stored, [isNow, isNow])
})

type Request = [path: string, body: string, headers: Record<string, string>]
const REFUSED: readonly (readonly [string, number, RegExp, (key: string) => Request])[] = [
  ['no key', 401, /x-node-key is missing/, () => [TELEMETRY, JSON.stringify(CRASH), {}]],
  ['an unknown key', 401, /sensorium nodes add/, () => [TELEMETRY, JSON.stringify(CRASH), { 'x-node-key': 'snk_x' }]],
  [
    'the key of another node',
    403,
    /this key is of node kitchen, not of attic/,
    key => [HEARTBEAT, JSON.stringify({ ...BEAT, node_id: 'attic' }), { 'x-node-key': key }],
  ],
  [
    'JSON that breaks off',
    400,
    /not JSON/,
    key => [TELEMETRY, JSON.stringify(CRASH).slice(0, -4), { 'x-node-key': key }],
  ],
  [
    'another content type',
    415,
    /application\/json/,
    key => [TELEMETRY, JSON.stringify(CRASH), { 'x-node-key': key, 'content-type': 'text/plain' }],
  ],
  [
    'an unknown type',
    400,
    /type/,
    key => [TELEMETRY, JSON.stringify({ ...CRASH, type: 'panic' }), { 'x-node-key': key }],
  ],
  [
    'a crash report without lines',
    400,
    /entries: a crash_report needs/,
    key => [TELEMETRY, JSON.stringify({ ...CRASH, entries: [] }), { 'x-node-key': key }],
  ],
  [
    'an error without a message',
    400,
    /message: an error needs/,
    key => [TELEMETRY, JSON.stringify({ type: 'error' }), { 'x-node-key': key }],
  ],
  [
    'a heartbeat with a wrong type',
    400,
    /memory_mb/,
    key => [HEARTBEAT, JSON.stringify({ ...BEAT, memory_mb: '61' }), { 'x-node-key': key }],
  ],
  [
    'a heartbeat without a version',
    400,
    /version/,
    key => [HEARTBEAT, JSON.stringify({ ...BEAT, version: undefined }), { 'x-node-key': key }],
  ],
  [
    'a last task at no time',
    400,
    /last_task_at: send a time with its zone, or milliseconds since 1970/,
    key => [HEARTBEAT, JSON.stringify({ ...BEAT, last_task_at: 'never' }), { 'x-node-key': key }],
  ],
  ['an array', 400, /expected object/, key => [HEARTBEAT, JSON.stringify([BEAT]), { 'x-node-key': key }]],
  [
    'a payload nested like a well',
    400,
    /nested more than 256 levels deep/,
    key => [TELEMETRY, `{"type":"health","well":${'['.repeat(2_000)}${']'.repeat(2_000)}}`, { 'x-node-key': key }],
  ],
  [
    'too large',
    413,
    /max_body_bytes/,
    key => [TELEMETRY, JSON.stringify({ ...CRASH, padding: 'x'.repeat(5_000) }), { 'x-node-key': key }],
  ],
]
test('refused, with what to do, and no row', async t => {
  const { key, post, rows } = await open(t, { max_body_bytes: 4_096 })
  for (const [name, status, message, request] of REFUSED) {
    const [path, body, headers] = request(key)
    const answer = await post(path, body, headers)
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.json)}`)
    assert.match(String(answer.json.error), message, name)
    assert.equal(answer.json.request_id, answer.headers.get('x-request-id'))
    assert.ok(!JSON.stringify(answer.json).includes(key), name)
  }
  assert.deepEqual(await rows('SELECT FROM node_telemetry'), [])
})

test('a revoked key stops working, and a new one for the same node works at once', async t => {
  const { client, send, key, rows } = await open(t)
  assert.equal((await send(TELEMETRY, CRASH)).status, 202)
  await assert.rejects(addNode(client, NODE), /revoke it first/)
  await revokeNode(client, 'kitchen')
  const next = await addNode(client, NODE)
  assert.equal((await send(TELEMETRY, { ...CRASH, os: 'linux' }, { 'x-node-key': next })).status, 202)
  const old = await send(TELEMETRY, CRASH)
  assert.equal(old.status, 401)
  await revokeNode(client, 'kitchen')
  for (;;) {
    const { status, json } = await send(HEARTBEAT, BEAT, { 'x-node-key': next })
    if (status !== 401) continue
    assert.match(String(json.error), /the key of node kitchen was revoked/)
    break
  }
  await assert.rejects(revokeNode(client, 'attic'), /no node attic/)
  const stored = await rows('SELECT key_hash FROM node_registry')
  assert.ok(!JSON.stringify(stored).includes(key) && !JSON.stringify(stored).includes(next))
})

test('GET shows a node its own telemetry and a read token all of it; unresolved leaves out what is only kept', async t => {
  const { client, send, get, key } = await open(t, { read_tokens: ['', 'dashboard'] })
  const attic = await addNode(client, { ...NODE, nodeId: 'attic', name: 'Attic' })
  await send(TELEMETRY, CRASH)
  await send(HEARTBEAT, BEAT)
  await send(TELEMETRY, CRASH, { 'x-node-key': attic })
  const own = await get('?unresolved=true', { 'x-node-key': key })
  assert.equal(own.status, 200)
  assert.deepEqual(
    own.json.telemetry.map(row => [row.node_id, row.type]),
    [['kitchen', 'crash_report']],
  )
  assert.equal((await get('?node_id=kitchen', { 'x-node-key': key })).json.telemetry.length, 2)
  assert.equal((await get('?node_id=attic', { 'x-node-key': key })).status, 403)
  for (const [headers, message] of [
    [{}, /send the header x-node-key, or authorization: Bearer TOKEN/],
    [{ authorization: 'Bearer wrong' }, /this server does not know the token/],
    [{ authorization: 'Bearer wrong', 'x-node-key': 'snk_x' }, /no node has this key/],
  ] as const) {
    const { status, json } = await get('', headers)
    assert.equal(status, 401)
    assert.match(json.error, message)
  }
  const all = await get('?unresolved=true', { authorization: 'Bearer dashboard' })
  assert.deepEqual(all.json.telemetry.map(row => row.node_id).sort(), ['attic', 'kitchen'])
  assert.equal((await get('?node_id=attic&limit=1', { authorization: 'Bearer dashboard' })).json.telemetry.length, 1)
  for (const query of ['?limit=0', '?limit=x', '?unresolved=yes']) {
    assert.equal((await get(query, { authorization: 'Bearer dashboard' })).status, 400, query)
  }
})

test('back-pressure is 503 with Retry-After; so is a registry that cannot be read', async () => {
  const { database, url } = await createDatabase()
  const key = await withClient(database, 'owner', client => addNode(client, NODE))
  for (const error of [new OverloadedError('full', 1_500), new UnavailableError('away', 1_500)]) {
    const { post } = openEdgeReceiver(node, {}, () => Promise.reject(error), { database })
    const { status, headers } = await post(HEARTBEAT, JSON.stringify(BEAT), { 'x-node-key': key })
    assert.deepEqual([status, headers.get('retry-after')], [503, '2'])
  }
  const away = { connection: () => ({ connectionString: url.replace(/:\d+\//, ':1/') }) }
  const { post } = openEdgeReceiver(node, {}, async () => {}, { database: away })
  const { status, headers } = await post(HEARTBEAT, JSON.stringify(BEAT), { 'x-node-key': key })
  assert.deepEqual([status, headers.get('retry-after')], [503, '2'])
})

test('1,000 reports at once are all there', async t => {
  const { send, rows } = await open(t)
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => send(TELEMETRY, { type: 'health', n })))
  assert.ok(answers.every(({ status }) => status === 202))
  assert.deepEqual(await rows('SELECT count(*)::int AS n FROM node_telemetry'), [{ n: 1_000 }])
})

test('a node unseen for three heartbeats is a finding, once for each silence; who is revoked or talks is none', async t => {
  const { client, send, database, rows } = await open(t)
  const attic = await addNode(client, { ...NODE, nodeId: 'attic', name: 'Attic', heartbeatIntervalS: 10 })
  const shed = await addNode(client, { ...NODE, nodeId: 'shed', name: 'Shed' })
  await addNode(client, { ...NODE, nodeId: 'new', name: 'New' })
  await send(HEARTBEAT, BEAT)
  await send(HEARTBEAT, { ...BEAT, node_id: 'attic' }, { 'x-node-key': attic })
  await send(HEARTBEAT, { ...BEAT, node_id: 'shed' }, { 'x-node-key': shed })
  await revokeNode(client, 'shed')
  const age = (seconds: number) =>
    client.query(`UPDATE node_telemetry SET created_at = created_at - $1 * interval '1 s'`, [seconds])
  const watch = await openStoredEdge(t, silentNodes, { check_interval_ms: 100 }, database)
  const findings = async (count: number) => {
    for (;;) {
      const found = await rows(
        `SELECT context->>'node.id' AS node, message FROM application_logs WHERE event_name = 'node.lost' ORDER BY time_unix_nano`,
      )
      if (found.length >= count) return found
    }
  }
  await age(31)
  assert.deepEqual(
    (await findings(1)).map(({ node }) => node),
    ['attic'],
  )
  await age(60)
  const both = await findings(2)
  assert.deepEqual(
    both.map(({ node }) => node),
    ['attic', 'kitchen'].toSorted((a, b) => both.findIndex(f => f.node === a) - both.findIndex(f => f.node === b)),
  )
  assert.match(String(both[0]!.message), /node Attic has not been heard of since/)
  await send(HEARTBEAT, { ...BEAT, node_id: 'attic', uptime: 1 }, { 'x-node-key': attic })
  await client.query(
    `UPDATE node_telemetry SET created_at = now() - interval '30.5 s' WHERE node_id = 'attic' AND payload->>'uptime' = '1'`,
  )
  assert.equal((await findings(3)).at(-1)!.node, 'attic')
  await send(HEARTBEAT, { ...BEAT, node_id: 'attic', uptime: 2 }, { 'x-node-key': attic })
  for (let back: unknown[] = []; back.length === 0; ) {
    back = await rows(
      `SELECT message FROM application_logs WHERE event_name = 'node.back' AND message ~ '^node Attic is back after [0-9]+ s of silence$'`,
    )
  }
  await watch.component.shutdown!(AbortSignal.timeout(5_000))
  assert.deepEqual(
    (await listNodes(client)).map(({ node_id, revoked_at }) => [node_id, revoked_at !== null]),
    [
      ['attic', false],
      ['kitchen', false],
      ['new', false],
      ['shed', true],
    ],
  )
})
