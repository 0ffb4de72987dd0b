import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OverloadedError } from '../../pipeline/errors.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { openEdgeReceiver, openStoredEdge } from '../../tests/edge-receiver.ts'
import { debugQueue } from './index.ts'

testComponent(debugQueue)

const PATH = '/webhook/event'
const EVENT = {
  eventType: 'SESSION_DROP',
  correlationId: 'txn-456',
  details: { service: 'SessionManager', errorCode: 'TIMEOUT', userId: '123', edgeDevice: 'EV-Station-01' },
  priority: 'high',
}

test('an event becomes a log record of its service, traced by its correlation id; a replay is stored once', async t => {
  const { post, rows } = await openStoredEdge(t, debugQueue, {})
  const body = JSON.stringify([
    EVENT,
    { ...EVENT, priority: undefined, timestamp: '2026-11-20T10:00:00Z', environment: 'prod', colour: 'red' },
  ])
  for (let copy = 0; copy < 2; copy++) {
    const { status, json } = await post(PATH, body)
    assert.deepEqual([status, json.accepted], [202, 2])
  }
  const stored = await rows(
    'SELECT service, environment, level, message, event_name, request_id, context FROM application_logs ORDER BY timestamp',
  )
  const context = {
    'debug.event_type': 'SESSION_DROP',
    'debug.correlation_id': 'txn-456',
    'debug.error_code': 'TIMEOUT',
    'debug.details.userId': '123',
    'debug.details.edgeDevice': 'EV-Station-01',
    request_id: 'txn-456',
  }
  const row = {
    service: 'SessionManager',
    message: 'SESSION_DROP: TIMEOUT',
    event_name: 'debug.SESSION_DROP',
    request_id: 'txn-456',
  }
  assert.deepEqual(stored, [
    {
      ...row,
      environment: 'prod',
      level: 'warn',
      context: { ...context, 'debug.priority': 'low', 'debug.colour': 'red' },
    },
    { ...row, environment: 'unknown', level: 'error', context: { ...context, 'debug.priority': 'high' } },
  ])
})

test('an event joins the trace in which it happened, and ids of another form cost nothing', async t => {
  const { post, rows } = await openStoredEdge(t, debugQueue, {})
  const ids = { traceId: 'AB'.repeat(16), spanId: 'cd'.repeat(8) }
  const events = [
    { ...EVENT, ...ids },
    { ...EVENT, correlationId: 'txn-457', traceId: 'x-1', spanId: ids.spanId },
  ]
  assert.equal((await post(PATH, JSON.stringify(events))).status, 202)
  assert.deepEqual(await rows('SELECT request_id, trace_id, span_id FROM application_logs ORDER BY request_id'), [
    { request_id: 'txn-456', trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8) },
    { request_id: 'txn-457', trace_id: null, span_id: null },
  ])
})

const ok = JSON.stringify(EVENT)
const TOKEN = { authorization: 'Bearer secret-token' }
const REFUSED: readonly (readonly [string, number, RegExp, string, Record<string, string>])[] = [
  ['no token', 401, /authorization: Bearer TOKEN/, ok, {}],
  ['a wrong token', 401, /does not know the token/, ok, { authorization: 'Bearer other' }],
  ['JSON that breaks off', 400, /not JSON/, ok.slice(0, -4), TOKEN],
  ['another content type', 415, /application\/json/, ok, { ...TOKEN, 'content-type': 'text/plain' }],
  ['no correlation id', 400, /correlationId/, JSON.stringify({ ...EVENT, correlationId: undefined }), TOKEN],
  ['no service', 400, /details\.service/, JSON.stringify({ ...EVENT, details: { errorCode: 'X' } }), TOKEN],
  [
    'no error code',
    400,
    /1\.details\.errorCode/,
    JSON.stringify([EVENT, { ...EVENT, details: { service: 'x' } }]),
    TOKEN,
  ],
  ['an unknown priority', 400, /priority/, JSON.stringify({ ...EVENT, priority: 'urgent' }), TOKEN],
  [
    'a time before all rows, beside one that fits',
    400,
    /1\.timestamp: send a time from 1990/,
    JSON.stringify([EVENT, { ...EVENT, timestamp: '0001-01-01T00:00:00Z' }]),
    TOKEN,
  ],
  ['a type of blanks', 400, /eventType: letters/, JSON.stringify({ ...EVENT, eventType: 'a b' }), TOKEN],
  ['an empty array', 400, /no event/, '[]', TOKEN],
  ['too many events', 413, /send 3 at most/, JSON.stringify(Array(4).fill(EVENT)), TOKEN],
  ['too large', 413, /max_body_bytes/, JSON.stringify({ ...EVENT, padding: 'x'.repeat(3_000) }), TOKEN],
]
for (const [name, status, message, body, headers] of REFUSED) {
  test(`refused, with what to do, and nothing is taken: ${name}`, async () => {
    let taken = 0
    const settings = { tokens: ['old', 'secret-token', ''], max_body_bytes: 2_048, max_events: 3 }
    const { post } = openEdgeReceiver(debugQueue, settings, async () => {
      taken += 1
    })
    const answer = await post(PATH, body, headers)
    assert.equal(answer.status, status, JSON.stringify(answer.json))
    assert.match(String(answer.json.error), message)
    assert.equal(answer.json.request_id, answer.headers.get('x-request-id'))
    assert.equal(taken, 0)
    assert.ok(!JSON.stringify(answer.json).includes('secret-token'))
  })
}

test('details nested like a well are refused for good', async () => {
  const { post } = openEdgeReceiver(debugQueue, {}, async () => {})
  const body = JSON.stringify({ ...EVENT, details: { ...EVENT.details, well: 0 } })
  const { status, json } = await post(PATH, body.replace('"well":0', `"well":${'['.repeat(9_000)}${']'.repeat(9_000)}`))
  assert.deepEqual([status, json.error], [400, 'the body is nested more than 256 levels deep; send flatter objects'])
})

test('without a token programs of this machine are let in, and nobody else', async () => {
  for (const [isHttpLocal, expected] of [
    [true, 202],
    [false, 401],
  ] as const) {
    const { post } = openEdgeReceiver(debugQueue, { tokens: [''] }, async () => {}, { isHttpLocal })
    assert.equal((await post(PATH, ok)).status, expected)
  }
})

test('back-pressure is 503 with Retry-After, too many requests are 429, and 1,000 at once are all there', async t => {
  const full = openEdgeReceiver(debugQueue, {}, () => Promise.reject(new OverloadedError('full', 1_500)))
  const answer = await full.post(PATH, ok)
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2'])
  const slow = openEdgeReceiver(debugQueue, { requests_per_s: 0.1, burst_requests: 1 }, async () => {})
  assert.equal((await slow.post(PATH, ok)).status, 202)
  assert.equal((await slow.post(PATH, ok)).status, 429)
  const { post, rows } = await openStoredEdge(t, debugQueue, {})
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => post(PATH, JSON.stringify({ ...EVENT, correlationId: `txn-${n}` }))),
  )
  assert.ok(answers.every(({ status }) => status === 202))
  assert.deepEqual(await rows('SELECT count(DISTINCT request_id)::int AS n FROM application_logs'), [{ n: 1_000 }])
})
