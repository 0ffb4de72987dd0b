import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from '../../pipeline/errors.ts'
import { encodeLogs, messageType, responseType } from '../../tests/otlp/requests.ts'
import { runReceiver } from './testing/running-receiver.ts'

const LOGS = {
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'one' } }, { body: { stringValue: 'two' } }] }] }],
}
const JSON_TYPE = { 'content-type': 'application/json' }
const PROTO_TYPE = { 'content-type': 'application/x-protobuf' }
const TOKEN = 'a-token-that-is-long-enough'

const post = (
  address: string,
  body: string | Uint8Array,
  headers: Record<string, string> = JSON_TYPE,
  at = '/v1/logs',
) => fetch(`http://${address}${at}`, { method: 'POST', headers, body })

test('JSON and protobuf, plain and compressed, are the same request: one id, the same records', async t => {
  const receiver = await runReceiver(t)
  const proto = encodeLogs(LOGS)
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zlib', deflateSync],
    ['', (bytes: Uint8Array) => bytes],
    ['snappy', snappyBlock],
    ['zstd', zstdCompressSync],
  ] as const) {
    const response = await post(receiver.http, compress(proto), { ...PROTO_TYPE, 'content-encoding': encoding })
    assert.equal(response.status, 200, encoding)
  }
  assert.equal((await post(receiver.http, proto, PROTO_TYPE)).status, 200)
  const json = await post(receiver.http, JSON.stringify(LOGS), { 'content-type': 'application/json; charset=utf-8' })
  assert.equal(json.status, 200)
  assert.deepEqual(await json.json(), {})
  assert.equal(receiver.taken.length, 8)
  assert.equal(new Set(receiver.taken.slice(0, 7).map(batch => batch.id)).size, 1)
  assert.deepEqual(
    receiver.taken.map(batch => batch.items.length),
    Array.from({ length: 8 }, () => 2),
  )
  assert.equal(receiver.admission.heldBytes, 0)
  assert.equal(receiver.booked.get('accepted otlp'), 16)
})

test('the answer waits until the batch is safe', async t => {
  const receiver = await runReceiver(t)
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  receiver.consumeWith(() => {
    arrived.resolve()
    return gate.promise
  })
  let isAnswered = false
  const answer = post(receiver.http, JSON.stringify(LOGS)).then(response => {
    isAnswered = true
    return response
  })
  await arrived.promise
  assert.equal(isAnswered, false)
  assert.ok(receiver.admission.heldBytes > 0)
  gate.resolve()
  assert.equal((await answer).status, 200)
})

const refusals: [string, Error, number, string | null][] = [
  ['overload', new OverloadedError('full', 1_500), 429, '2'],
  ['a database that is away', new UnavailableError('away', 5_000), 503, '5'],
  ['what can never be taken', new PermanentError('never'), 400, null],
  ['an error that nobody expected', new Error('secret detail'), 503, '5'],
]
for (const [name, error, status, retryAfter] of refusals) {
  test(`${name} is told with status ${status}, Retry-After ${retryAfter}, in the encoding of the request`, async t => {
    const receiver = await runReceiver(t)
    receiver.consumeWith(() => Promise.reject(error))
    const json = await post(receiver.http, JSON.stringify(LOGS))
    assert.equal(json.status, status)
    assert.equal(json.headers.get('retry-after'), retryAfter)
    const { message } = (await json.json()) as { message: string }
    assert.ok(message.length > 0 && !message.includes('secret detail'))
    const proto = await post(receiver.http, encodeLogs(LOGS), PROTO_TYPE)
    assert.equal(proto.status, status)
    assert.equal(proto.headers.get('content-type'), 'application/x-protobuf')
    assert.equal(receiver.admission.heldBytes, 0)
    assert.equal(receiver.booked.get('accepted otlp'), undefined)
  })
}

test('rejected records are told as partial success: those of the decoder and those of the exporter', async t => {
  const receiver = await runReceiver(t)
  receiver.consumeWith(() => Promise.reject(new RejectedRecordsError(1, 'the database said no')))
  const bad = {
    resourceLogs: [
      {
        scopeLogs: [{ logRecords: [{ body: { stringValue: 5 } }, ...LOGS.resourceLogs[0]!.scopeLogs[0]!.logRecords] }],
      },
    ],
  }
  const response = await post(receiver.http, JSON.stringify(bad))
  assert.equal(response.status, 200)
  const { partialSuccess } = (await response.json()) as {
    partialSuccess: { rejectedLogRecords: string; errorMessage: string }
  }
  assert.equal(Number(partialSuccess.rejectedLogRecords), 2)
  assert.match(partialSuccess.errorMessage, /the database said no/)
  assert.equal(receiver.booked.get('accepted otlp'), 1)
  const proto = await post(receiver.http, encodeLogs(LOGS), PROTO_TYPE)
  const decoded = responseType('logs')
    .decode(new Uint8Array(await proto.arrayBuffer()))
    .toJSON()
  assert.equal(Number(decoded.partialSuccess.rejectedLogRecords), 1)
})

test('a client that writes its whole body before it reads is told that it is too large, not cut off', async t => {
  const receiver = await runReceiver(t, { http: { max_body_bytes: 10_000 } })
  const [host, port] = receiver.http.split(':')
  for (const headers of ['content-length: 8000000', 'transfer-encoding: chunked']) {
    const socket = connect(Number(port), host)
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    const closed = new Promise<void>((resolve, reject) => socket.once('close', () => resolve()).once('error', reject))
    socket.pause()
    socket.write(
      `POST /v1/logs HTTP/1.1\r\nhost: ${receiver.http}\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`,
    )
    const body = Buffer.alloc(8_000_000, 'x')
    const sent = headers.startsWith('content')
      ? body
      : Buffer.concat([Buffer.from('7a1200\r\n'), body, Buffer.from('\r\n0\r\n\r\n')])
    await new Promise<void>((resolve, reject) => socket.write(sent, error => (error ? reject(error) : resolve())))
    socket.resume()
    await closed
    assert.match(answer, /^HTTP\/1\.1 413 /, headers)
  }
})

/** A Snappy block (google/snappy, "format_description.txt") of literals alone, for texts of up to 16 kB. */
function snappyBlock(bytes: Uint8Array): Uint8Array {
  const size = bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) + 128, bytes.length >> 7]
  const literals: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60)
    literals.push(Uint8Array.of((part.length - 1) << 2), part)
  }
  return Buffer.concat([Uint8Array.from(size), ...literals])
}

test('what is wrong with a request is told with the status that fits, and a sentence', async t => {
  const receiver = await runReceiver(t, { http: { max_body_bytes: 10_000 } })
  const body = JSON.stringify(LOGS)
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const cases: [string, () => Promise<Response>, number, RegExp][] = [
    ['no content type', () => post(receiver.http, Buffer.from(body), {}), 415, /content-type/],
    ['another content type', () => post(receiver.http, body, { 'content-type': 'text/plain' }), 415, /text\/plain/],
    ['an unknown encoding', () => post(receiver.http, body, { ...JSON_TYPE, 'content-encoding': 'br' }), 415, /gzip/],
    ['not gzip', () => post(receiver.http, body, { ...JSON_TYPE, 'content-encoding': 'gzip' }), 400, /gzip/],
    ['not JSON', () => post(receiver.http, '{"resourceLogs":'), 400, /JSON/],
    ['too large', () => post(receiver.http, Buffer.alloc(20_000, 'x')), 413, /10000 bytes/],
    ['a gzip bomb', () => post(receiver.http, bomb, { ...JSON_TYPE, 'content-encoding': 'gzip' }), 413, /10000 bytes/],
    ['another path', () => post(receiver.http, body, JSON_TYPE, '/v1/nothing'), 404, /v1\/traces/],
    ['profiles', () => post(receiver.http, body, JSON_TYPE, '/v1development/profiles'), 501, /profiles/],
    ['GET', () => fetch(`http://${receiver.http}/v1/logs`), 405, /POST/],
  ]
  for (const [name, send, status, message] of cases) {
    const response = await send()
    assert.equal(response.status, status, name)
    assert.match(await response.text(), message, name)
  }
  assert.deepEqual(receiver.taken, [])
  assert.equal(receiver.admission.heldBytes, 0)
  assert.equal((await post(receiver.http, body)).status, 200, 'the server goes on')
})

test('a refusal of a protobuf request is a google.rpc.Status that another decoder reads', async t => {
  const receiver = await runReceiver(t)
  const response = await post(receiver.http, Buffer.from([0x0a, 0xff]), PROTO_TYPE)
  assert.equal(response.status, 400)
  const bytes = Buffer.from(await response.arrayBuffer())
  // Status { code = 1: varint, message = 2: string }; read by hand, since google.rpc is not in opentelemetry-proto.
  assert.equal(bytes[0], 0x08)
  assert.equal(bytes[1], 3)
  assert.equal(bytes[2], 0x12)
  assert.ok(bytes.subarray(4).toString().length > 10)
  assert.ok(messageType('logs.v1.LogRecord'))
})

test('a sender that goes away in the middle of its body leaves nothing behind', async t => {
  const receiver = await runReceiver(t)
  const [host, port] = receiver.http.split(':')
  const socket = connect(Number(port), host)
  socket.write(
    'POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"resource',
  )
  // Waiting for the receiver to hold the first bytes: the condition, not the clock.
  while (receiver.admission.heldBytes === 0) await new Promise(resolve => setImmediate(resolve))
  socket.destroy()
  while (receiver.admission.heldBytes > 0) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(receiver.taken, [])
})

test('past the limit on bytes in flight, and only then, senders are told to wait before their body is read', async t => {
  const body = JSON.stringify(LOGS)
  const receiver = await runReceiver(t, { maxInFlightBytes: body.length * 2 })
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  const two = Promise.withResolvers<void>()
  receiver.consumeWith(() => {
    waiting += 1
    if (waiting === 2) two.resolve()
    return gate.promise
  })
  const held = [post(receiver.http, body), post(receiver.http, body)]
  await two.promise
  const refused = await post(receiver.http, body)
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  gate.resolve()
  assert.deepEqual(
    (await Promise.all(held)).map(response => response.status),
    [200, 200],
  )
  assert.equal((await post(receiver.http, body)).status, 200)
})

test('a token is asked for when configured, and a wrong one is not told apart from none', async t => {
  const receiver = await runReceiver(t, { http: { auth: { bearer_tokens: [TOKEN, `${TOKEN}-next`] } } })
  const body = JSON.stringify(LOGS)
  for (const authorization of [undefined, 'Bearer wrong', TOKEN, `Basic ${TOKEN}`, 'Bearer ']) {
    const response = await post(receiver.http, body, {
      ...JSON_TYPE,
      ...(authorization === undefined ? {} : { authorization }),
    })
    assert.equal(response.status, 401, authorization)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer')
  }
  for (const token of [TOKEN, `${TOKEN}-next`]) {
    assert.equal((await post(receiver.http, body, { ...JSON_TYPE, authorization: `Bearer ${token}` })).status, 200)
  }
  assert.equal(receiver.taken.length, 2)
})

test('a page of an allowed origin may send, another may not', async t => {
  const receiver = await runReceiver(t, {
    http: { cors: { allowed_origins: ['https://shop.example'], allowed_headers: ['x-team'] } },
  })
  const preflight = (origin: string) =>
    fetch(`http://${receiver.http}/v1/logs`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-team',
      },
    })
  const allowed = await preflight('https://shop.example')
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://shop.example')
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /x-team/)
  assert.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null)
  const sent = await post(receiver.http, JSON.stringify(LOGS), { ...JSON_TYPE, origin: 'https://shop.example' })
  assert.equal(sent.headers.get('access-control-allow-origin'), 'https://shop.example')
})

test('a signal without a pipeline is told so', async t => {
  const receiver = await runReceiver(t, { signals: ['traces'] })
  const response = await post(receiver.http, JSON.stringify(LOGS))
  assert.equal(response.status, 404)
  assert.match(await response.text(), /service\.pipelines\.logs/)
})

test('stopping answers what is under way and takes nothing new', async t => {
  const receiver = await runReceiver(t)
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  receiver.consumeWith(() => {
    arrived.resolve()
    return gate.promise
  })
  const underWay = post(receiver.http, JSON.stringify(LOGS))
  await arrived.promise
  const stopped = receiver.stop()
  gate.resolve()
  assert.equal((await underWay).status, 200)
  await stopped
  await assert.rejects(post(receiver.http, JSON.stringify(LOGS)))
})
