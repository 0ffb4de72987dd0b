import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Consume } from '../../pipeline/component.ts'
import { OverloadedError, UnavailableError } from '../../pipeline/errors.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { openEdgeReceiver, openStoredEdge } from '../../tests/edge-receiver.ts'
import { observer } from './index.ts'

testComponent(observer)

const SECRET = 'a secret that both know'
const EVENT = { env: 'prod', severity: 'error', type: 'deal.error', message: 'memo could not be made' }

function sign(body: string | Buffer, secret = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

function signed(body: string | Buffer, headers: Record<string, string> = {}): Record<string, string> {
  return { 'x-pulse-signature': sign(body), ...headers }
}

function openReceiver(next: Consume, settings: object = {}) {
  const edge = openEdgeReceiver(observer, { secrets: [SECRET], ...settings }, next)
  const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/ingest/buddy') =>
    edge.post(path, body, signed(body, headers))
  return { ...edge, post }
}

/** Into a real database. */
async function openStored(t: TestContext, settings: object = {}) {
  const edge = await openStoredEdge(t, observer, { secrets: [SECRET], ...settings })
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    edge.post('/ingest/buddy', body, signed(body, headers))
  return { ...edge, post }
}

test('an event becomes a row: product, environment, release, deal, error and whatever else was sent', async t => {
  const { post, rows } = await openStored(t)
  const event = {
    ...EVENT,
    created_at: '2026-11-20T10:00:00.250Z',
    deal_id: 'd-17',
    stage: 'underwriting',
    fingerprint: 'memo:1',
    context: { operation: 'generate', attempts: 3, rate: 0.5, tags: ['a'] },
    error: {
      name: 'TypeError',
      message: 'x is not a function',
      stack: 'TypeError: x\n    at f (/app/a.js:1:2)',
      code: 'E1',
    },
    trace_id: '0AF7651916CD43DD8448EB211C80319C',
    request_id: 'r-9',
    release: '4.2.0',
    colour: 'red',
  }
  const { status, json } = await post(JSON.stringify(event))
  assert.equal(status, 202)
  assert.deepEqual([json.ok, json.accepted, json.rejected], [true, 1, 0])
  const [row] = await rows('SELECT * FROM buddy_observer_events')
  const { id, resource_id, scope_id, ...columns } = row!
  assert.deepEqual(columns, {
    created_at: new Date('2026-11-20T10:00:00.250Z'),
    product: 'buddy',
    env: 'prod',
    severity: 'error',
    type: 'deal.error',
    deal_id: 'd-17',
    stage: 'underwriting',
    message: 'memo could not be made',
    fingerprint: null,
    client_fingerprint: 'memo:1',
    context: { operation: 'generate', attempts: 3, rate: 0.5, tags: ['a'] },
    error: { code: 'E1' },
    error_type: 'TypeError',
    error_message: 'x is not a function',
    error_stack: 'TypeError: x\n    at f (/app/a.js:1:2)',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    request_id: 'r-9',
    user_id: null,
    release: '4.2.0',
    attributes: { 'observer.colour': 'red', 'record.event_name': 'observer.deal.error' },
  })
  assert.ok(id && resource_id && scope_id)
})

test('a replay is answered and stored once; an array is stored whole; a thousand at once are all there', async t => {
  const { post, rows } = await openStored(t)
  const body = JSON.stringify([EVENT, { ...EVENT, severity: 'info' }])
  assert.equal((await post(body)).json.accepted, 2)
  assert.equal((await post(body)).status, 202)
  assert.equal((await rows('SELECT FROM buddy_observer_events')).length, 2)
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => post(JSON.stringify({ ...EVENT, message: `number ${n}` }))),
  )
  assert.ok(answers.every(({ status }) => status === 202))
  assert.equal((await rows('SELECT FROM buddy_observer_events')).length, 1_002)
})

const body = JSON.stringify(EVENT)
const now = () => String(Math.floor(Date.now() / 1000))
type Request = [body: string | Buffer, headers?: Record<string, string>, path?: string]
const REFUSED: [string, number, RegExp, () => Request][] = [
  ['no signature', 401, /x-pulse-signature is missing/, () => [body, { 'x-pulse-signature': '' }]],
  ['a wrong signature', 401, /does not fit/, () => [body, { 'x-pulse-signature': sign(body, 'another') }]],
  ['half a signature', 401, /does not fit/, () => [body, { 'x-pulse-signature': sign(body).slice(0, 32) }]],
  [
    'the signature of the same JSON written in another way',
    401,
    /the very bytes/,
    () => [JSON.stringify(EVENT, null, 2), { 'x-pulse-signature': sign(body) }],
  ],
  ['a timestamp that is not signed', 401, /does not fit/, () => [body, { 'x-pulse-timestamp': now() }]],
  [
    'an old timestamp',
    401,
    /more than 300 s/,
    () => [body, { 'x-pulse-timestamp': '1700000000', 'x-pulse-signature': sign(`1700000000.${body}`) }],
  ],
  ['a timestamp of letters', 401, /seconds since 1970/, () => [body, { 'x-pulse-timestamp': 'now' }]],
  ['another content type', 415, /application\/json/, () => [body, { 'content-type': 'text/plain' }]],
  ['JSON that breaks off', 400, /not JSON/, () => [body.slice(0, -4)]],
  ['bytes that are not UTF-8', 400, /not JSON/, () => [Buffer.from([0x22, 0xff, 0x22])]],
  ['too large', 413, /max_body_bytes/, () => [JSON.stringify({ ...EVENT, message: 'x'.repeat(3_000) })]],
  ['too many events', 413, /send 3 at most/, () => [JSON.stringify(Array(4).fill(EVENT))]],
  ['an empty array', 400, /no event/, () => ['[]']],
  [
    'a wrong type',
    400,
    /1\.severity: .*nothing of this request was taken/,
    () => [JSON.stringify([EVENT, { ...EVENT, severity: 'bad' }])],
  ],
  ['a missing message', 400, /message/, () => [JSON.stringify({ ...EVENT, message: undefined })]],
  [
    'another product than the address',
    400,
    /but the address says buddy/,
    () => [JSON.stringify({ ...EVENT, product: 'other' })],
  ],
  ['a product that is none', 404, /a product is letters/, () => [body, {}, '/ingest/%20x']],
  [
    'a time before all rows, beside one that fits',
    400,
    /1\.created_at: send a time from 1990/,
    () => [JSON.stringify([EVENT, { ...EVENT, created_at: '0001-01-01T00:00:00Z' }])],
  ],
  [
    'a time years ahead',
    400,
    /created_at: .*24 hours after/,
    () => [JSON.stringify({ ...EVENT, created_at: '2262-01-01T00:00:00Z' })],
  ],
  ['an error that is a number', 400, /error: send a text or an object/, () => [JSON.stringify({ ...EVENT, error: 5 })]],
  ['a time that is none', 400, /created_at/, () => [JSON.stringify({ ...EVENT, created_at: 'today' })]],
]
for (const [name, status, message, request] of REFUSED) {
  test(`refused, with what to do, and nothing is taken: ${name}`, async () => {
    let taken = 0
    const { post } = openReceiver(
      async () => {
        taken += 1
      },
      { max_body_bytes: 2_048, max_events: 3 },
    )
    const answer = await post(...request())
    assert.equal(answer.status, status, JSON.stringify(answer.json))
    assert.match(String(answer.json.error), message)
    assert.equal(answer.json.request_id, answer.headers.get('x-request-id'))
    assert.equal(taken, 0)
    assert.ok(!JSON.stringify(answer.json).includes(SECRET))
  })
}

test('JSON as deep as a well is refused or kept as text, and ends nothing', async () => {
  const { post } = openReceiver(async () => {})
  for (const key of ['context', 'unknown']) {
    const deep = (depth: number) =>
      JSON.stringify({ ...EVENT, [key]: { well: 0 } }).replace('0}', `${'['.repeat(depth)}${']'.repeat(depth)}}`)
    assert.equal((await post(deep(250))).status, 202)
    for (const depth of [5_000, 200_000]) {
      const answer = await post(deep(depth))
      assert.equal(answer.status, 400, `${key} ${depth}`)
      assert.match(String(answer.json.error), /nested more than 256 levels deep/)
    }
  }
})

test('a signed timestamp of now is taken, and so is the old secret beside the new one', async () => {
  const { post } = openReceiver(async () => {}, { secrets: ['', 'the new one', SECRET] })
  const time = now()
  const headers = { 'x-pulse-timestamp': time, 'x-pulse-signature': sign(`${time}.${body}`, 'the new one') }
  assert.equal((await post(body, headers)).status, 202)
  assert.equal((await post(body)).status, 202)
})

test('a body that one product has sent is not taken from another with the same secret', async () => {
  const edge = openReceiver(async () => {})
  assert.equal((await edge.post(body)).status, 202)
  const again = await edge.post(body, {}, '/ingest/another')
  assert.equal(again.status, 409)
  assert.match(String(again.json.error), /came for buddy.*product_secrets/)
  assert.equal((await edge.post(body)).status, 202, 'its own resend is taken')
})

test('another replica that never saw the first one stores a replay for another product not again', async t => {
  const one = await openStored(t)
  const two = await openStoredEdge(t, observer, { secrets: [SECRET] }, one.database)
  assert.equal((await one.post(body)).status, 202)
  await two.post('/ingest/another', body, signed(body))
  assert.deepEqual(await one.rows('SELECT product FROM buddy_observer_events'), [{ product: 'buddy' }])
})

test('a product that has a secret of its own is taken with no other, and no other product with it', async () => {
  const { post } = openReceiver(async () => {}, { product_secrets: { buddy: ['of buddy alone'] } })
  const own = { 'x-pulse-signature': sign(body, 'of buddy alone') }
  assert.equal((await post(body, own)).status, 202)
  assert.equal((await post(body)).status, 401, 'the shared secret')
  assert.equal((await post(body, own, '/ingest/another')).status, 401)
  assert.equal((await post(body, {}, '/ingest/another')).status, 202, 'the shared secret, where there is no other')
})

test('without a secret nothing is taken, and the answer says what to set', async () => {
  const { post } = openReceiver(async () => {}, { secrets: ['', null] })
  const { status, json } = await post(body)
  assert.equal(status, 401)
  assert.match(String(json.error), /PULSE_INGEST_SECRET/)
})

test('back-pressure is 503 with Retry-After, too many requests are 429, GET is 405; the request id is the sender’s', async () => {
  for (const error of [
    new OverloadedError('full', 1_500),
    new UnavailableError('no database', 1_500),
    new Error('odd'),
  ]) {
    const { post } = openReceiver(() => Promise.reject(error))
    const { status, headers } = await post(body, { 'x-request-id': 'mine' })
    assert.deepEqual([status, headers.get('x-request-id')], [503, 'mine'])
    assert.ok(Number(headers.get('retry-after')) >= 2)
  }
  const { http, post } = openReceiver(async () => {}, { requests_per_s: 0.1, burst_requests: 1 })
  assert.equal((await post(body)).status, 202)
  const late = await post(body)
  assert.equal(late.status, 429)
  assert.ok(Number(late.headers.get('retry-after')) >= 1)
  const get = await http.request('/ingest/buddy')
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
  assert.equal(((await get.json()) as { request_id: string }).request_id, get.headers.get('x-request-id'))
})
