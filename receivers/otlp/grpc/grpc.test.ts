import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from '../../../pipeline/errors.ts'
import type { Signal } from '../../../pipeline/model/index.ts'
import { encodeRequest, responseType } from '../../../tests/otlp/requests.ts'
import { runReceiver } from '../testing/running-receiver.ts'

const PATHS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
const REQUESTS: Record<Signal, object> = {
  traces: {
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name: 'x' }] }] }],
  },
  metrics: {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asDouble: 1 }] } }] }] }],
  },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }] },
}
const body = (signal: Signal) => encodeRequest(signal, { ...REQUESTS[signal] })
const asIs = (bytes: Buffer) => bytes

interface Answer {
  readonly error: grpc.ServiceError | null
  readonly bytes: Buffer | undefined
}

function call(
  address: string,
  path: string,
  bytes: Buffer,
  options: { metadata?: grpc.Metadata; gzip?: boolean } = {},
): Promise<Answer> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    ...(options.gzip && { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip }),
    // A refusal must come from the server, not from a client that tries on.
    'grpc.enable_retries': 0,
  })
  const deadline = new Date(Date.now() + 10_000)
  return new Promise(resolve =>
    client.makeUnaryRequest(
      path,
      asIs,
      asIs,
      bytes,
      options.metadata ?? new grpc.Metadata(),
      { deadline },
      (error, answer) => {
        client.close()
        resolve({ error, bytes: answer })
      },
    ),
  )
}

test('each signal has its service, plain and gzip, and the answer is empty on full success', async t => {
  const receiver = await runReceiver(t)
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    for (const gzip of [false, true]) {
      const { error, bytes } = await call(receiver.grpc, PATHS[signal], body(signal), { gzip })
      assert.equal(error, null, `${signal} ${error?.message}`)
      assert.equal(bytes?.length, 0)
    }
  }
  assert.deepEqual(
    receiver.taken.map(batch => [batch.signal, batch.items.length]),
    [
      ['traces', 1],
      ['traces', 1],
      ['metrics', 1],
      ['metrics', 1],
      ['logs', 1],
      ['logs', 1],
    ],
  )
  assert.equal(receiver.taken[0]!.id, receiver.taken[1]!.id, 'compression does not change the id')
})

const refusals: [string, Error, grpc.status, number | undefined][] = [
  ['overload', new OverloadedError('full', 1_500), grpc.status.RESOURCE_EXHAUSTED, 1_500],
  ['a database that is away', new UnavailableError('away', 5_000), grpc.status.UNAVAILABLE, 5_000],
  ['what can never be taken', new PermanentError('never'), grpc.status.INVALID_ARGUMENT, undefined],
]
for (const [name, failure, code, retryAfterMs] of refusals) {
  test(`${name} is ${grpc.status[code]}, with RetryInfo where a resend helps`, async t => {
    const receiver = await runReceiver(t)
    receiver.consumeWith(() => Promise.reject(failure))
    const { error } = await call(receiver.grpc, PATHS.logs, body('logs'))
    assert.equal(error?.code, code)
    assert.equal(error?.details, failure.message)
    const [details] = error.metadata.get('grpc-status-details-bin')
    if (retryAfterMs === undefined) assert.equal(details, undefined)
    else {
      assert.ok(Buffer.isBuffer(details) && details.includes('type.googleapis.com/google.rpc.RetryInfo'))
      // Duration { seconds = 1, nanos = 2 } inside RetryInfo { retry_delay = 1 } is the end of the message.
      const seconds = Math.floor(retryAfterMs / 1000)
      assert.ok(details.includes(Buffer.from([0x08, seconds])), details.toString('hex'))
    }
    assert.equal(receiver.admission.heldBytes, 0)
  })
}

test('rejected records are told as partial success', async t => {
  const receiver = await runReceiver(t)
  receiver.consumeWith(() => Promise.reject(new RejectedRecordsError(1, 'the database said no')))
  const { error, bytes } = await call(receiver.grpc, PATHS.traces, body('traces'))
  assert.equal(error, null)
  const { partialSuccess } = responseType('traces').decode(bytes!).toJSON()
  assert.equal(Number(partialSuccess.rejectedSpans), 1)
  assert.match(partialSuccess.errorMessage, /the database said no/)
})

test('what cannot be read, is too large, or is not stored has a status of its own and a sentence', async t => {
  const receiver = await runReceiver(t, { grpc: { max_recv_msg_bytes: 10_000 }, signals: ['traces', 'logs'] })
  const malformed = await call(receiver.grpc, PATHS.logs, Buffer.from([0x0a, 0xff]))
  assert.equal(malformed.error?.code, grpc.status.INVALID_ARGUMENT)
  const large = await call(receiver.grpc, PATHS.logs, Buffer.alloc(20_000))
  assert.equal(large.error?.code, grpc.status.RESOURCE_EXHAUSTED)
  const bomb = await call(receiver.grpc, PATHS.logs, Buffer.alloc(5_000_000), { gzip: true })
  assert.equal(bomb.error?.code, grpc.status.RESOURCE_EXHAUSTED)
  assert.ok(gzipSync(Buffer.alloc(5_000_000)).length < 10_000, 'the bomb is within the limit as sent')
  const profiles = await call(
    receiver.grpc,
    '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
    Buffer.alloc(0),
  )
  assert.equal(profiles.error?.code, grpc.status.UNIMPLEMENTED)
  assert.match(profiles.error.details, /profiles/)
  const metrics = await call(receiver.grpc, PATHS.metrics, body('metrics'))
  assert.equal(metrics.error?.code, grpc.status.UNIMPLEMENTED)
  assert.match(metrics.error.details, /service\.pipelines\.metrics/)
  assert.deepEqual(receiver.taken, [])
  assert.equal((await call(receiver.grpc, PATHS.logs, body('logs'))).error, null, 'the server goes on')
})

test('past the limit on bytes in flight senders are told to wait, and are let in again afterwards', async t => {
  const request = body('logs')
  const receiver = await runReceiver(t, { maxInFlightBytes: request.length })
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  receiver.consumeWith(() => {
    arrived.resolve()
    return gate.promise
  })
  const held = call(receiver.grpc, PATHS.logs, request)
  await arrived.promise
  const refused = await call(receiver.grpc, PATHS.logs, request)
  assert.equal(refused.error?.code, grpc.status.RESOURCE_EXHAUSTED)
  assert.equal(refused.error.metadata.get('grpc-status-details-bin').length, 1)
  gate.resolve()
  assert.equal((await held).error, null)
  assert.equal((await call(receiver.grpc, PATHS.logs, request)).error, null)
})

test('a token is asked for when configured', async t => {
  const token = 'a-token-that-is-long-enough'
  const receiver = await runReceiver(t, { grpc: { auth: { bearer_tokens: [token] } } })
  assert.equal((await call(receiver.grpc, PATHS.logs, body('logs'))).error?.code, grpc.status.UNAUTHENTICATED)
  const wrong = new grpc.Metadata()
  wrong.set('authorization', 'Bearer something-else-entirely')
  assert.equal(
    (await call(receiver.grpc, PATHS.logs, body('logs'), { metadata: wrong })).error?.code,
    grpc.status.UNAUTHENTICATED,
  )
  const right = new grpc.Metadata()
  right.set('authorization', `Bearer ${token}`)
  assert.equal((await call(receiver.grpc, PATHS.logs, body('logs'), { metadata: right })).error, null)
  assert.equal(receiver.taken.length, 1)
})

test('stopping answers what is under way', async t => {
  const receiver = await runReceiver(t)
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  receiver.consumeWith(() => {
    arrived.resolve()
    return gate.promise
  })
  const underWay = call(receiver.grpc, PATHS.logs, body('logs'))
  await arrived.promise
  const stopped = receiver.stop()
  gate.resolve()
  assert.equal((await underWay).error, null)
  await stopped
})

test('a connection that has sent one request is kept, one that never says a word is not', async t => {
  const receiver = await runReceiver(t)
  const [host, port] = receiver.grpc.split(':')
  const silent = connect(Number(port), host)
  t.after(() => silent.destroy())
  silent.resume()
  const session = connectHttp2(`http://${receiver.grpc}`)
  t.after(() => session.destroy())
  await new Promise(resolve => session.ping(resolve))
  await once(silent, 'close')
  // The client connected no earlier than the silent one: where that is ended, its own time is over, too.
  await new Promise(resolve => session.ping(resolve))
  assert.ok(!session.closed && !session.destroyed)
})
test('grpc: what a Collector can be told to compress with is taken, and anything else is named with what is', async t => {
  const receiver = await runReceiver(t)
  const send = async (encoding: string, packed: Uint8Array) => {
    const session = connectHttp2(`http://${receiver.grpc}`)
    const stream = session.request({
      ':method': 'POST',
      ':path': PATHS.logs,
      'content-type': 'application/grpc+proto',
      'grpc-encoding': encoding,
      te: 'trailers',
    })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt8(1)
    prefix.writeUInt32BE(packed.length, 1)
    stream.end(Buffer.concat([prefix, packed]))
    const answered: IncomingHttpHeaders = {}
    stream.on('response', headers => Object.assign(answered, headers))
    stream.on('trailers', trailers => Object.assign(answered, trailers))
    stream.resume()
    await once(stream, 'close')
    session.close()
    return answered
  }
  const plain = body('logs')
  const framed = Buffer.concat([Buffer.from('ff060000734e61507059', 'hex'), chunkOf(plain)])
  for (const [encoding, packed] of [
    ['zstd', zstdCompressSync(plain)],
    ['snappy', framed],
    ['gzip', gzipSync(plain)],
  ] as const)
    assert.equal((await send(encoding, packed))['grpc-status'], '0', encoding)
  assert.equal(receiver.taken.length, 3)
  const refused = await send('lz4', plain)
  assert.equal(refused['grpc-status'], String(grpc.status.UNIMPLEMENTED))
  assert.match(String(refused['grpc-message']), /grpc-encoding lz4 is not taken; send gzip, zstd, snappy/)
})

/** An uncompressed chunk of Snappy's framing format. */
function chunkOf(bytes: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(1)
  head.writeUIntLE(bytes.length + 4, 1, 3)
  return Buffer.concat([head, bytes])
}
