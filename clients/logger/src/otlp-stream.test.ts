import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { openReceiver, type Received, type TestReceiver } from '../../delivery/testing/receiver.ts'
import { openOtlpStream } from './otlp-stream.ts'

interface Body {
  readonly resourceLogs: {
    readonly resource: unknown
    readonly scopeLogs: {
      readonly scope: { readonly name: string }
      readonly logRecords: { readonly body: { readonly stringValue: string } }[]
    }[]
  }[]
}
const scopesOf = ({ body }: Received) => (JSON.parse(body.toString()) as Body).resourceLogs[0]!.scopeLogs // OTLP's shape
const messagesOf = (request: Received) =>
  scopesOf(request).flatMap(({ logRecords }) => logRecords.map(({ body }) => body.stringValue))

function open(t: TestContext, receiver: TestReceiver) {
  const warnings: string[] = []
  const target = {
    signal: 'logs' as const,
    url: `${receiver.url}/v1/logs`,
    headers: { 'content-type': 'application/json', 'x-key': 'k' },
  }
  const options = { target, resource: { 'service.name': 'shop' }, base: {}, backoffMinMs: 1, backoffMaxMs: 20 }
  const stream = openOtlpStream(options, message => warnings.push(message))
  t.after(() => stream.destroy())
  return { stream, warnings }
}

const line = (msg: string, fields: object = {}) => `${JSON.stringify({ level: 30, time: 1, ...fields, msg })}\n`
const flush = (stream: ReturnType<typeof openOtlpStream>) =>
  new Promise<void>((resolve, reject) => stream.flush(error => (error ? reject(error) : resolve())))

test('lines in pieces of any size become one request, grouped by the logger’s name', async t => {
  const receiver = await openReceiver(t)
  const { stream } = open(t, receiver)
  const text = line('a') + line('b', { name: 'db' }) + line('c€')
  for (let i = 0; i < text.length; i += 7) stream.write(text.slice(i, i + 7))
  await flush(stream)
  assert.equal(receiver.requests.length, 1)
  const [request] = receiver.requests
  assert.deepEqual([request!.path, request!.headers['x-key']], ['/v1/logs', 'k'])
  assert.deepEqual(
    scopesOf(request!).map(({ scope, logRecords }) => [scope.name, logRecords.map(({ body }) => body.stringValue)]),
    [
      ['', ['a', 'c€']],
      ['db', ['b']],
    ],
  )
  assert.deepEqual(stream.status(), { sent: 3, pending: 0, dropped: 0 })
})

test('while the server is away lines wait; all arrive in order when it is back', async t => {
  const receiver = await openReceiver(t)
  await receiver.away()
  const { stream, warnings } = open(t, receiver)
  for (let i = 0; i < 3_000; i++) stream.write(line(String(i)))
  while (warnings.length === 0) await new Promise(resolve => setImmediate(resolve))
  for (let i = 3_000; i < 9_000; i++) stream.write(line(String(i)))
  await receiver.back()
  await flush(stream)
  assert.deepEqual(
    receiver.requests.flatMap(messagesOf),
    Array.from({ length: 9_000 }, (_, i) => String(i)),
  )
  assert.deepEqual(stream.status(), { sent: 9_000, pending: 0, dropped: 0 })
  assert.match(warnings[0]!, /^cannot deliver: ECONNREFUSED; \d+ items wait$/)
})

for (const answer of [
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 500 },
  // A token or an address that can be mended.
  { status: 401 },
  { status: 403 },
  { status: 404 },
]) {
  test(`after ${answer.status} the lines are sent again`, async t => {
    const receiver = await openReceiver(t)
    receiver.answer = () => (receiver.requests.length === 0 ? answer : { status: 200, body: '{}' })
    const { stream } = open(t, receiver)
    stream.write(line('a'))
    await flush(stream)
    assert.deepEqual(receiver.requests.map(messagesOf), [['a'], ['a']])
    assert.deepEqual(stream.status(), { sent: 1, pending: 0, dropped: 0 })
  })
}

test('a line that the server refuses is dropped, counted and told of; its neighbours arrive', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = request => (messagesOf(request).includes('bad') ? { status: 400, body: 'no' } : { status: 200 })
  const { stream, warnings } = open(t, receiver)
  stream.write(line('a') + line('bad') + line('c'))
  await flush(stream)
  assert.deepEqual(receiver.requests.map(messagesOf).slice(1), [['a'], ['bad'], ['c']])
  assert.deepEqual(stream.status(), { sent: 2, pending: 0, dropped: 1 })
  assert.deepEqual(warnings, ['the server refuses an item (400 no): 1 dropped so far'])
})

test('records that the server leaves out of an accepted request are counted and not sent again', async t => {
  const receiver = await openReceiver(t)
  const body = JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too deep' } })
  receiver.answer = () => ({ status: 200, body })
  const { stream, warnings } = open(t, receiver)
  stream.write(line('a') + line('b'))
  await flush(stream)
  assert.equal(receiver.requests.length, 1)
  assert.deepEqual(stream.status(), { sent: 1, pending: 0, dropped: 1 })
  assert.deepEqual(warnings, ['the server left out 1 records (too deep): 1 so far'])
})

test('past 10,000 waiting lines the newest are dropped, counted and told of once; writing never waits', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const { stream, warnings } = open(t, receiver)
  for (let i = 0; i < 12_000; i++) assert.equal(stream.write(line(String(i))), true)
  assert.deepEqual(stream.status(), { sent: 0, pending: 10_000, dropped: 2_000 })
  assert.deepEqual(
    warnings.map(warning => warning.replace(/\d+ bytes/, 'bytes')),
    ['the queue is full (10000 items, bytes): 1 dropped so far'],
  )
})

test('lines that are no JSON are counted; the end sends the last one even without its newline', async t => {
  const receiver = await openReceiver(t)
  const { stream, warnings } = open(t, receiver)
  stream.end(`nonsense\n${line('a').trimEnd()}`)
  await once(stream, 'close')
  assert.deepEqual(receiver.requests.map(messagesOf), [['a']])
  assert.deepEqual(stream.status(), { sent: 1, pending: 0, dropped: 1 })
  assert.deepEqual(warnings, ['a line is no JSON of pino and is not sent: 1 so far'])
})
