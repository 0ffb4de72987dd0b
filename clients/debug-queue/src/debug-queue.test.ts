import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openReceiver, type Received } from '../../delivery/testing/receiver.ts'
import { createDebugQueue, debugQueue } from './index.ts'

const DETAILS = {
  service: 'SessionManager',
  errorCode: 'TIMEOUT',
  correlationId: 'txn-456',
  details: { userId: '123', attempts: 3, why: new Error('slow'), edgeDevice: 'EV-Station-01' },
}
const WIRE = {
  eventType: 'SESSION_DROP',
  correlationId: 'txn-456',
  details: {
    service: 'SessionManager',
    errorCode: 'TIMEOUT',
    userId: '123',
    attempts: '3',
    why: 'Error: slow',
    edgeDevice: 'EV-Station-01',
  },
  priority: 'high',
}
const jsonOf = ({ body }: Received) => JSON.parse(body.toString()) as unknown

test('the seed’s call reaches the webhook with its token; high priority goes at once', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ url: `${receiver.url}/webhook/event`, token: 'secret-token', environment: 'prod' })
  const start = performance.now()
  queue.log('SESSION_DROP', DETAILS, { priority: 'high' })
  const [request] = await receiver.received(1)
  assert.ok(performance.now() - start < 1_500, 'sooner than an event of low priority, which waits two seconds')
  assert.equal(request!.path, '/webhook/event')
  assert.equal(request!.headers.authorization, 'Bearer secret-token')
  const [event] = jsonOf(request!) as { timestamp: string }[] // an array of events
  assert.ok(Math.abs(Date.parse(event!.timestamp) - Date.now()) < 10_000)
  assert.deepEqual(event, { ...WIRE, environment: 'prod', timestamp: event!.timestamp })
  assert.equal(await queue.flush(), true)
  assert.deepEqual(queue.status(), { pending: 0, sent: 1, dropped: 0 })
})

test('Loki gets one stream for each service, type and priority', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ lokiUrl: `${receiver.url}/` })
  queue.log('SESSION_DROP', DETAILS)
  queue.log('SESSION_DROP', DETAILS)
  queue.log('RETRY', DETAILS)
  assert.equal(await queue.flush(), true)
  const [request] = receiver.requests
  assert.equal(request!.path, '/loki/api/v1/push')
  const { streams } = jsonOf(request!) as { streams: { stream: object; values: [string, string][] }[] } // Loki's format
  assert.deepEqual(
    streams.map(({ stream, values }) => [stream, values.length]),
    [
      [{ service_name: 'SessionManager', event_type: 'SESSION_DROP', priority: 'low' }, 2],
      [{ service_name: 'SessionManager', event_type: 'RETRY', priority: 'low' }, 1],
    ],
  )
  assert.match(streams[0]!.values[0]![0], /^\d{19}$/)
  assert.partialDeepStrictEqual(JSON.parse(streams[0]!.values[0]![1]), {
    correlationId: 'txn-456',
    details: WIRE.details,
  })
})

test('OTLP gets log records with the names that the webhook’s receiver gives', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ otlpEndpoint: receiver.url })
  queue.log('SESSION_DROP', DETAILS, { priority: 'high' })
  const [request] = await receiver.received(1)
  assert.equal(request!.path, '/v1/logs')
  const body = jsonOf(request!)
  assert.partialDeepStrictEqual(body, {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'SessionManager' } }] },
        scopeLogs: [
          {
            logRecords: [
              { severityNumber: 17, eventName: 'debug.SESSION_DROP', body: { stringValue: 'SESSION_DROP: TIMEOUT' } },
            ],
          },
        ],
      },
    ],
  })
  assert.ok(JSON.stringify(body).includes('{"key":"debug.details.userId","value":{"stringValue":"123"}}'))
  await queue.flush()
})

test('nothing that a caller gives is thrown back; what cannot be sent is counted', async t => {
  const receiver = await openReceiver(t)
  const warnings: string[] = []
  const queue = createDebugQueue({ url: receiver.url, onWarning: message => warnings.push(message) })
  const circle: Record<string, unknown> = {}
  circle.self = circle
  queue.log('A', { ...DETAILS, details: { circle, big: 1n, long: 'x'.repeat(100_000), none: undefined } })
  queue.log('not a type', DETAILS)
  queue.log('B', undefined as never)
  assert.equal(await queue.flush(), true)
  assert.deepEqual(queue.status(), { pending: 0, sent: 1, dropped: 2 })
  assert.match(warnings[0]!, /debug-queue: an event was dropped: .*eventType "not a type"/)
  const [event] = jsonOf(receiver.requests[0]!) as { details: Record<string, string> }[] // an array of events
  assert.deepEqual(
    [event!.details.circle, event!.details.big, event!.details.none, event!.details.long!.length],
    ['[unreadable]', '1', '', 4_096],
  )
})

test('events without a correlation id are not of one transaction', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ url: receiver.url })
  for (let i = 0; i < 3; i++) queue.log('A', { ...DETAILS, correlationId: '' })
  assert.equal(await queue.flush(), true)
  const events = receiver.requests.flatMap(request => jsonOf(request) as { correlationId: string }[]) // arrays of events
  const ids = events.map(event => event.correlationId)
  assert.equal(new Set(ids).size, 3)
  for (const id of ids) assert.match(id, /^unknown-[\w-]+$/)
})

test('while the server is away nothing is lost within 1,000 events, and the application is not held up', async t => {
  const receiver = await openReceiver(t)
  await receiver.away()
  const queue = createDebugQueue({ url: receiver.url, onWarning: () => {} })
  let slowestMs = 0
  for (let i = 0; i < 1_001; i++) {
    const start = performance.now()
    queue.log('STEP', { ...DETAILS, correlationId: `txn-${i}` }, { priority: i % 2 ? 'low' : 'high' })
    slowestMs = Math.max(slowestMs, performance.now() - start)
  }
  assert.equal(await queue.flush(20), false)
  await receiver.back()
  assert.equal(await queue.flush(20_000), true)
  assert.deepEqual(queue.status(), { pending: 0, sent: 1_000, dropped: 1 })
  const ids = receiver.requests.flatMap(request =>
    (jsonOf(request) as { correlationId: string }[]).map(event => event.correlationId),
  ) // arrays of events
  assert.deepEqual(
    ids,
    Array.from({ length: 1_000 }, (_, i) => `txn-${i}`),
  )
  t.diagnostic(`slowest log: ${slowestMs.toFixed(1)} ms`)
})

test('details whose getters throw, and details of any size, hold nobody up', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ url: receiver.url, onWarning: () => {} })
  let shared: object = { leaf: true }
  for (let depth = 0; depth < 7; depth++) {
    shared = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, shared]))
  }
  const details = {
    shared,
    bytes: new Uint8Array(50_000_000),
    list: Array.from({ length: 1_000_000 }, () => 1),
    kept: 'yes',
  }
  Object.defineProperty(details, 'trap', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  const start = performance.now()
  queue.log('A', { ...DETAILS, details })
  assert.ok(performance.now() - start < 1_000)
  assert.equal(await queue.flush(), true)
  const [event] = jsonOf(receiver.requests[0]!) as { details: Record<string, string> }[] // an array of events
  assert.partialDeepStrictEqual(event!.details, { kept: 'yes', trap: '[unreadable]', bytes: '[50000000 bytes]' })
})

test('however many events of high priority there are, the pause that the server asks for is kept', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
  const queue = createDebugQueue({ url: receiver.url, onWarning: () => {} })
  queue.log('A', DETAILS, { priority: 'high' })
  await receiver.received(1)
  // By then the client has read its answer, and would have sent again: this server is on the same loop.
  const probe = async () => {
    queue.log('A', DETAILS, { priority: 'high' })
    await (await fetch(`${receiver.url}/probe`, { method: 'POST' })).text()
  }
  for (let i = 0; i < 20; i++) await probe()
  const tries = receiver.requests.filter(({ path }) => path !== '/probe')
  assert.deepEqual([tries.length, queue.status().pending], [1, 21])
  receiver.answer = () => ({ status: 202 })
  assert.equal(await queue.flush(), true)
})

test('the shared queue is configured by the environment, and a process that ends at once has sent its events', async t => {
  const receiver = await openReceiver(t)
  const script = `import { debugQueue } from './index.ts'; debugQueue.log('DONE', { service: 's', errorCode: 'E', correlationId: 'c' })`
  const env = { ...process.env, DEBUG_QUEUE_URL: receiver.url, DEBUG_QUEUE_TOKEN: 't', DEBUG_QUEUE_ENV: 'dev' }
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env,
  })
  assert.equal(receiver.requests[0]!.headers.authorization, 'Bearer t')
  assert.partialDeepStrictEqual(jsonOf(receiver.requests[0]!), [{ eventType: 'DONE', environment: 'dev' }])
  assert.equal(debugQueue.status().sent, 0)
})
