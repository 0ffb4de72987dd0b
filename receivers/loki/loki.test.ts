import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { decompressSnappy, SnappyFault } from '../../pipeline/compression/snappy.ts'
import { OverloadedError } from '../../pipeline/errors.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { openEdgeReceiver, openStoredEdge } from '../../tests/edge-receiver.ts'
import { loki } from './index.ts'
import { PushFault, parseLabels, streamsOfProtobuf } from './push-request.ts'
import { openTailServer } from './testing/tail-server.ts'

testComponent(loki)

const PATH = '/loki/api/v1/push'
const AT = 1_795_255_200_123_456_789n
type Push = { streams: { stream: Record<string, string>; values: (readonly unknown[])[] }[] }

const PUSH: Push = {
  streams: [
    {
      stream: { app: 'shop', env: 'prod', pod: 'shop-1', level: 'error', colour: 'red' },
      values: [
        [String(AT), 'payment failed', { trace_id: 'AB'.repeat(16), user: 'u1' }],
        [String(AT + 1n), '{"msg":"again"}'],
      ],
    },
    { stream: { service_name: 'cart' }, values: [[String(AT + 2n), 'plain', { detected_level: 'warn' }]] },
  ],
}
const STORED = [
  {
    service: 'shop',
    environment: 'prod',
    level: 'error',
    message: 'payment failed',
    trace_id: 'ab'.repeat(16),
    context: { user: 'u1' },
  },
  { service: 'shop', environment: 'prod', level: 'error', message: '{"msg":"again"}', trace_id: null, context: {} },
  {
    service: 'cart',
    environment: 'unknown',
    level: 'warn',
    message: 'plain',
    trace_id: null,
    context: { detected_level: 'warn' },
  },
]
const SELECT =
  'SELECT service, environment, level, message, trace_id, context FROM application_logs ORDER BY time_unix_nano'

const { root } = protobuf.parse(`syntax = "proto3";
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
  message Label { string name = 1; string value = 2; }
  message Entry { Timestamp timestamp = 1; string line = 2; repeated Label structuredMetadata = 3; }
  message Stream { string labels = 1; repeated Entry entries = 2; uint64 hash = 3; }
  message PushRequest { repeated Stream streams = 1; }`)

function protobufOf({ streams }: Push): Buffer {
  const type = root.lookupType('PushRequest')
  const message = {
    streams: streams.map(({ stream, values }) => ({
      labels: `{${Object.entries(stream)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(', ')}}`,
      hash: 7,
      entries: values.map(([time, line, metadata = {}]) => ({
        timestamp: {
          seconds: Number(BigInt(time as string) / 1_000_000_000n),
          nanos: Number(BigInt(time as string) % 1_000_000_000n),
        },
        line,
        structuredMetadata: Object.entries(metadata as object).map(([name, value]) => ({ name, value })),
      })),
    })),
  }
  return Buffer.from(type.encode(type.fromObject(message)).finish())
}

/** Literals only, as every compressor may write what it cannot make smaller. */
function snappyOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = [varint(bytes.length)]
  for (let at = 0; at < bytes.length; at += 60) {
    const piece = bytes.subarray(at, at + 60)
    parts.push(Buffer.from([(piece.length - 1) << 2]), piece)
  }
  return Buffer.concat(parts)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return Buffer.from([...bytes, value])
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const WAYS: readonly (readonly [string, Buffer, Record<string, string>])[] = [
  ['JSON', Buffer.from(JSON.stringify(PUSH)), {}],
  ['JSON in gzip', gzipSync(JSON.stringify(PUSH)), { 'content-encoding': 'gzip' }],
  ['Protobuf in Snappy', snappyOf(protobufOf(PUSH)), PROTOBUF],
]
for (const [name, body, headers] of WAYS) {
  test(`a push in ${name} is stored once, line by line, and answered as Loki does`, async t => {
    const { http, rows } = await openStoredEdge(t, loki, {})
    for (let copy = 0; copy < 2; copy++) {
      const response = await http.request(PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: new Uint8Array(body),
      })
      assert.equal(response.status, 204, await response.text())
    }
    assert.deepEqual(await rows(SELECT), STORED)
    const [resource] = await rows(
      `SELECT attributes FROM telemetry_resources WHERE attributes->>'service.name' = 'shop'`,
    )
    assert.deepEqual(resource!.attributes, {
      'service.name': 'shop',
      'deployment.environment.name': 'prod',
      'k8s.pod.name': 'shop-1',
      level: 'error',
      colour: 'red',
    })
  })
}

const LATIN = { app: 'latin1 caf#' }
const LINES: [string, string, object?][] = [
  [String(AT), 'before'],
  [String(AT + 1n), 'one caf#', { user: 'Ren#' }],
  [String(AT + 2n), 'after'],
]
const LATIN_PUSH = { streams: [{ stream: LATIN, values: LINES }] }
/** The same bytes with é of Latin-1 for each `#`. */
const inLatin1 = (bytes: Buffer) => Buffer.from(bytes.map(byte => (byte === 0x23 ? 0xe9 : byte)))
const LATIN_WAYS: readonly (readonly [string, Buffer, Record<string, string>])[] = [
  ['JSON', inLatin1(Buffer.from(JSON.stringify(LATIN_PUSH))), {}],
  ['Protobuf in Snappy', snappyOf(inLatin1(protobufOf(LATIN_PUSH))), PROTOBUF],
]
for (const [name, body, headers] of LATIN_WAYS) {
  test(`text that is not UTF-8 is repaired in ${name}, and its neighbours are stored with it`, async t => {
    const { http, rows } = await openStoredEdge(t, loki, {})
    const response = await http.request(PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(body),
    })
    assert.equal(response.status, 204, await response.text())
    assert.deepEqual(await rows('SELECT service, message, context FROM application_logs ORDER BY time_unix_nano'), [
      { service: 'latin1 caf\ufffd', message: 'before', context: {} },
      { service: 'latin1 caf\ufffd', message: 'one caf\ufffd', context: { user: 'Ren\ufffd' } },
      { service: 'latin1 caf\ufffd', message: 'after', context: {} },
    ])
  })
}

const FAR = ['-6213559680000000000', '9223372036854775807', '9999999999999999999']
const FAR_PUSH: Push = {
  streams: [{ stream: { app: 'shop' }, values: [[String(AT), 'near'], ...FAR.map(time => [time, `at ${time}`])] }],
}
const FAR_WAYS: readonly (readonly [string, Buffer, Record<string, string>])[] = [
  ['JSON', Buffer.from(JSON.stringify(FAR_PUSH)), {}],
  ['Protobuf in Snappy', snappyOf(protobufOf(FAR_PUSH)), PROTOBUF],
]
for (const [name, body, headers] of FAR_WAYS) {
  test(`a line with a time that no row can have is dated with its receipt, in ${name}`, async t => {
    const { http, rows } = await openStoredEdge(t, loki, {})
    const response = await http.request(PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(body),
    })
    assert.equal(response.status, 204, await response.text())
    const stored = await rows(
      `SELECT message, context->>'loki.timestamp' AS told, timestamp > now() - interval '1 hour' AS is_now
       FROM application_logs ORDER BY array_position($1::text[], message)`.replace(
        '$1',
        `'{near,${FAR.map(time => `at ${time}`).join(',')}}'`,
      ),
    )
    assert.deepEqual(stored, [
      { message: 'near', told: null, is_now: stored[0]!.is_now },
      ...FAR.map(told => ({ message: `at ${told}`, told, is_now: true })),
    ])
  })
}

const ok = Buffer.from(JSON.stringify(PUSH))
const TOKEN = { authorization: 'Bearer promtail' }
const REFUSED: readonly (readonly [string, number, RegExp, Buffer, Record<string, string>])[] = [
  ['no token', 401, /Bearer TOKEN/, ok, {}],
  ['a wrong token', 401, /does not know/, ok, { authorization: 'Bearer x' }],
  ['JSON that breaks off', 400, /not JSON/, ok.subarray(0, 20), TOKEN],
  ['text', 415, /application\/json/, ok, { ...TOKEN, 'content-type': 'text/plain' }],
  ['another compression', 415, /content-encoding br/, ok, { ...TOKEN, 'content-encoding': 'br' }],
  ['what is not gzip', 400, /cannot be decompressed/, ok, { ...TOKEN, 'content-encoding': 'gzip' }],
  [
    'more than it looks like',
    413,
    /cannot be decompressed/,
    gzipSync(Buffer.alloc(100_000)),
    { ...TOKEN, 'content-encoding': 'gzip' },
  ],
  [
    'a time that is none',
    400,
    /streams\.0\.values\.0/,
    Buffer.from('{"streams":[{"stream":{},"values":[["today","x"]]}]}'),
    TOKEN,
  ],
  ...[`[${AT},"a number as time"]`, '["today","x"]', `["${AT}",5]`, `["${AT}"]`, `["${AT}","x","no metadata"]`].map(
    value =>
      [
        `a line that is written wrong: ${value}`,
        400,
        /streams\.0\.values\.0: send \["<nanoseconds since 1970 as text>", "<line>"\]/,
        Buffer.from(`{"streams":[{"stream":{},"values":[${value}]}]}`),
        TOKEN,
      ] as const,
  ),
  ['no streams', 400, /streams/, Buffer.from('{}'), TOKEN],
  ['what is not Snappy', 400, /not a PushRequest of Loki in Snappy/, ok, { ...TOKEN, ...PROTOBUF }],
  [
    'Snappy of what is not Protobuf',
    400,
    /not a PushRequest/,
    snappyOf(Buffer.from([0xff, 0xff])),
    { ...TOKEN, ...PROTOBUF },
  ],
  ['too large', 413, /max_body_bytes/, Buffer.alloc(5_000, ' '), TOKEN],
]
for (const [name, status, message, body, headers] of REFUSED) {
  test(`refused, with what to do, and nothing is taken: ${name}`, async () => {
    let taken = 0
    const { post } = openEdgeReceiver(loki, { tokens: ['promtail'], max_body_bytes: 4_096 }, async () => {
      taken += 1
    })
    const answer = await post(PATH, body, headers)
    assert.equal(answer.status, status, JSON.stringify(answer.json))
    assert.match(String(answer.json.error), message)
    assert.equal(taken, 0)
  })
}

test('back-pressure is 503 with Retry-After; 1,000 pushes at once are all there', async t => {
  const { post } = openEdgeReceiver(loki, {}, () => Promise.reject(new OverloadedError('full', 1_500)))
  const { status, headers } = await post(PATH, ok)
  assert.deepEqual([status, headers.get('retry-after')], [503, '2'])
  const stored = await openStoredEdge(t, loki, {})
  const push = (n: number): Push => ({
    streams: [{ stream: { app: 'shop' }, values: [[String(AT + BigInt(n)), `line ${n}`]] }],
  })
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => stored.post(PATH, JSON.stringify(push(n)))))
  assert.deepEqual([...new Set(answers.map(answer => answer.status))], [204])
  assert.deepEqual(await stored.rows('SELECT count(DISTINCT message)::int AS n FROM application_logs'), [{ n: 1_000 }])
})

test('Snappy: any sequence of literals and copies is undone', () => {
  const step = fc.oneof(
    fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
    fc.record({ back: fc.nat(5_000), length: fc.integer({ min: 1, max: 64 }), kind: fc.constantFrom(1, 2, 3) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const output: number[] = []
      const input: number[] = []
      for (const one of steps) {
        if ('literal' in one) {
          const { length } = one.literal
          input.push(
            ...(length <= 60 ? [(length - 1) << 2] : [61 << 2, (length - 1) & 255, (length - 1) >> 8]),
            ...one.literal,
          )
          output.push(...one.literal)
        } else if (output.length > 0) {
          const offset = 1 + (one.back % output.length)
          const isShort = one.kind === 1 && offset < 2_048 && one.length >= 4 && one.length <= 11
          const length = one.length
          if (isShort) input.push(1 | ((length - 4) << 2) | ((offset >> 8) << 5), offset & 255)
          else if (one.kind === 3) input.push(3 | ((length - 1) << 2), offset & 255, offset >> 8, 0, 0)
          else input.push(2 | ((length - 1) << 2), offset & 255, offset >> 8)
          for (let i = 0; i < length; i++) output.push(output[output.length - offset]!)
        }
      }
      const decompressed = decompressSnappy(Buffer.concat([varint(output.length), Buffer.from(input)]), 1_000_000)
      assert.deepEqual([...decompressed], output)
    }),
  )
})

test('any bytes are read or refused, without another exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const [read, Fault] of [
        [() => decompressSnappy(bytes, 10_000), SnappyFault],
        [() => streamsOfProtobuf(bytes), PushFault],
      ] as const) {
        try {
          read()
        } catch (error) {
          assert.ok(error instanceof Fault, String(error))
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test('labels with escapes are read; what is none is a fault', () => {
  assert.deepEqual(parseLabels('{a="b", c_d = "say \\"hi\\"\\n", e="{x=1}"}'), {
    a: 'b',
    c_d: 'say "hi"\n',
    e: '{x=1}',
  })
  assert.deepEqual(parseLabels('{}'), {})
  for (const text of ['a="b"', '{a=b}', '{a="b"', '{a="b" c="d"}'])
    assert.throws(() => parseLabels(text), PushFault, text)
})

test('the tail is followed; after a cut it goes on from the last line, and no line is stored twice', async t => {
  const server = await openTailServer(t)
  const settings = { tails: [{ url: server.url, query: '{app="shop"}', headers: { 'X-Scope-OrgID': 'acme' } }] }
  const opened = server.connected()
  const edge = await openStoredEdge(t, loki, settings)
  const line = (n: number) => [String(AT + BigInt(n) * 1_000_000_000n), `line ${n}`]
  const message = (...numbers: number[]) => ({ streams: [{ stream: { app: 'shop' }, values: numbers.map(line) }] })
  const lines = async (count: number) => {
    for (;;) {
      const rows = await edge.rows('SELECT message FROM application_logs ORDER BY time_unix_nano')
      if (rows.length >= count) return rows.map(row => row.message)
    }
  }
  const first = await opened
  assert.deepEqual(
    [first.url.pathname, first.url.searchParams.get('query'), first.headers['x-scope-orgid']],
    ['/loki/api/v1/tail', '{app="shop"}', 'acme'],
  )
  assert.ok(Math.abs(Number(first.url.searchParams.get('start')) / 1e6 - (Date.now() - 60_000)) < 30_000)
  first.send(message(1, 2))
  first.send(message(3))
  assert.deepEqual(await lines(3), ['line 1', 'line 2', 'line 3'])
  first.cut()

  const second = await server.connected()
  assert.equal(BigInt(second.url.searchParams.get('start')!), AT + 3_000_000_000n - 30_000_000_000n)
  second.send(message(1, 2, 3))
  second.send(message(3, 4))
  assert.deepEqual(await lines(4), ['line 1', 'line 2', 'line 3', 'line 4'])
  const readPosition = async () => String((await edge.rows('SELECT position FROM receiver_positions'))[0]?.position)
  while ((await readPosition()) !== String(AT + 4_000_000_000n));

  await edge.component.shutdown!(AbortSignal.timeout(5_000))
  const again = server.connected()
  await openStoredEdge(t, loki, settings, edge.database)
  assert.equal(BigInt((await again).url.searchParams.get('start')!), AT + 4_000_000_000n)
})

test('lines that cannot be stored now are asked for again, none of them lost', async t => {
  const server = await openTailServer(t)
  let isAway = true
  const taken: string[] = []
  const { database } = await openStoredEdge(t, loki, {})
  const edge = openEdgeReceiver(
    loki,
    { tails: [{ url: server.url, query: '{a="b"}' }] },
    async batch => {
      if (isAway) throw new OverloadedError('full', 100)
      taken.push(...batch.items.map(item => String((item as { body: unknown }).body))) // logs
    },
    { database: database.database },
  )
  const opened = server.connected()
  await edge.component.start!(new AbortController().signal)
  t.after(() => edge.component.shutdown!(AbortSignal.timeout(5_000)))
  const message = { streams: [{ stream: { a: 'b' }, values: [[String(AT), 'kept']] }] }
  ;(await opened).send(message)
  const second = await server.connected()
  isAway = false
  second.send(message)
  while (taken.length === 0) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(taken, ['kept'])
})
