import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openReceiver, type Received } from '../../delivery/testing/receiver.ts'
import {
  captureException,
  configureObserver,
  emitDealError,
  emitDealTransition,
  emitObserverEvent,
  emitServiceError,
  flushObserver,
  observerStatus,
} from './index.ts'

const SECRET = 'a secret that both know'

function eventsOf({ body }: Received): Record<string, unknown>[] {
  const json = JSON.parse(body.toString()) as unknown
  return (Array.isArray(json) ? json : [json]) as Record<string, unknown>[] // what the client sends
}

test('without an address events are counted and told of once, and nothing is thrown', async () => {
  const warnings: string[] = []
  configureObserver({ onWarning: message => warnings.push(message) })
  const before = observerStatus().dropped
  await emitObserverEvent({ type: 'workflow.step' })
  await emitObserverEvent({ type: 'workflow.step' })
  assert.equal(observerStatus().dropped - before, 2)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!, /PULSE_BUDDY_INGEST_URL is not set/)
})

test('the five ways of the seed, signed over the bytes that are sent', async t => {
  const receiver = await openReceiver(t)
  configureObserver({
    url: `${receiver.url}/ingest/buddy`,
    secret: SECRET,
    env: 'prod',
    release: '4.2',
    onWarning: () => {},
  })
  await emitDealTransition({
    deal_id: 'd-1',
    from_stage: 'intake',
    to_stage: 'underwriting',
    context: { borrower_id: 'b-1' },
  })
  await emitDealError({
    deal_id: 'd-2',
    stage: 'underwriting',
    error: new TypeError('x is not a function'),
    context: { operation: 'memo' },
  })
  await captureException(new Error('bad'), { type: 'integration.fail', stage: 'ocr', context: { provider: 'azure' } })
  await emitServiceError({ service: 'supabase', error: 'timeout', context: { table: 'deals' } })
  await emitObserverEvent({
    type: 'guard.fail',
    severity: 'warn',
    message: 'not allowed',
    fingerprint: 'guard:1',
    request_id: 'r-1',
    trace_id: 'ab',
  })
  assert.equal(await flushObserver(), true)
  const [request] = receiver.requests
  assert.equal(receiver.requests.length, 1)
  assert.equal(request!.path, '/ingest/buddy')
  const timestamp = String(request!.headers['x-pulse-timestamp'])
  const signed = createHmac('sha256', SECRET).update(`${timestamp}.`).update(request!.body).digest('hex')
  assert.equal(request!.headers['x-pulse-signature'], signed)
  const common = { env: 'prod', release: '4.2' }
  const events = eventsOf(request!)
  assert.equal(events.length, 5)
  assert.partialDeepStrictEqual(events, [
    {
      ...common,
      type: 'deal.transition',
      severity: 'info',
      deal_id: 'd-1',
      stage: 'underwriting',
      message: 'deal moved from intake to underwriting',
      context: { borrower_id: 'b-1', from_stage: 'intake', to_stage: 'underwriting' },
    },
    {
      ...common,
      type: 'deal.error',
      severity: 'error',
      deal_id: 'd-2',
      stage: 'underwriting',
      message: 'x is not a function',
      error: { name: 'TypeError', message: 'x is not a function' },
      context: { operation: 'memo' },
    },
    {
      ...common,
      type: 'integration.fail',
      severity: 'error',
      stage: 'ocr',
      message: 'bad',
      context: { provider: 'azure' },
    },
    {
      ...common,
      type: 'service.error',
      severity: 'error',
      message: 'timeout',
      error: { name: 'NonError', message: 'timeout' },
      context: { table: 'deals', service: 'supabase' },
    },
    {
      ...common,
      type: 'guard.fail',
      severity: 'warn',
      message: 'not allowed',
      fingerprint: 'guard:1',
      request_id: 'r-1',
      trace_id: 'ab',
    },
  ])
  const { stack } = events[1]!.error as { stack: string }
  assert.match(stack, /^TypeError: x is not a function\n {4}at /)
})

test('whatever is thrown or given as context, the application sees no exception and secrets stay at home', async t => {
  const receiver = await openReceiver(t)
  configureObserver({ url: receiver.url, secret: SECRET, env: 'dev', onWarning: () => {} })
  const circle: Record<string, unknown> = {
    password: 'hunter2',
    Authorization: 'Bearer abcdefghijkl',
    nested: { apiKey: 'k', card: 1n },
  }
  circle.self = circle
  Object.defineProperty(circle, 'trap', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no')
      },
    },
  )
  const chain = new Error('outer', { cause: new AggregateError([new Error('a'), 'b'], 'many') })
  for (const thrown of [
    chain,
    undefined,
    null,
    'text',
    7n,
    Symbol('s'),
    () => 1,
    circle,
    hostile,
    Object.create(null),
  ]) {
    await captureException(thrown, {
      context: {
        circle,
        hostile,
        note: 'sent with Bearer abcdefghijkl to us',
        deep: deep(50),
        long: 'x'.repeat(1_000_000),
      },
    })
  }
  await emitObserverEvent(undefined as never)
  assert.equal(await flushObserver(), true)
  const events = receiver.requests.flatMap(eventsOf)
  assert.equal(events.length, 10)
  assert.partialDeepStrictEqual(events[0]!.error, {
    message: 'outer',
    cause: { name: 'AggregateError', errors: [{ message: 'a' }, { message: 'b' }] },
  })
  assert.partialDeepStrictEqual(events[0]!.context, {
    circle: {
      password: '[redacted]',
      Authorization: '[redacted]',
      nested: { apiKey: '[redacted]', card: '1' },
      self: '[circular]',
      trap: '[unreadable]',
    },
    hostile: '[unreadable]',
    note: 'sent with [redacted] to us',
  })
  const bytes = receiver.requests.map(({ body }) => body.toString()).join('')
  for (const secret of ['hunter2', 'abcdefghijkl', SECRET]) assert.ok(!bytes.includes(secret), secret)
})

function deep(levels: number): object {
  return levels === 0 ? {} : { down: deep(levels - 1) }
}

test('a server that is away or slow delays nothing; what waits is sent when it is back', async t => {
  const receiver = await openReceiver(t)
  configureObserver({ url: receiver.url, secret: SECRET, onWarning: () => {} })
  await receiver.away()
  const before = observerStatus()
  let slowestMs = 0
  for (let i = 0; i < 500; i++) {
    const start = performance.now()
    await emitObserverEvent({ type: 'workflow.step', message: `step ${i}` })
    slowestMs = Math.max(slowestMs, performance.now() - start)
  }
  assert.equal(await flushObserver(50), false)
  assert.equal(observerStatus().pending, 500)
  await receiver.back()
  assert.equal(await flushObserver(20_000), true)
  const after = observerStatus()
  assert.deepEqual([after.sent - before.sent, after.dropped - before.dropped], [500, 0])
  assert.deepEqual(
    receiver.requests.flatMap(eventsOf).map(({ message }) => message),
    Array.from({ length: 500 }, (_, i) => `step ${i}`),
  )
  t.diagnostic(`slowest emit: ${slowestMs.toFixed(1)} ms`)
})

test('a refused event does not take its neighbours with it, and waitUntil holds a function until all is sent', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = request =>
    eventsOf(request).some(({ message }) => message === 'bad') ? { status: 400, body: 'no' } : { status: 202 }
  const held: Promise<unknown>[] = []
  configureObserver({
    url: receiver.url,
    secret: SECRET,
    onWarning: () => {},
    waitUntil: promise => held.push(promise),
  })
  const before = observerStatus()
  for (const message of ['one', 'bad', 'two']) await emitObserverEvent({ type: 'workflow.step', message })
  assert.equal(held.length, 3)
  await Promise.all(held)
  configureObserver({ waitUntil: () => {} })
  const after = observerStatus()
  assert.deepEqual([after.sent - before.sent, after.dropped - before.dropped, after.pending], [2, 1, 0])
})

const VERCEL: readonly (readonly [Record<string, string>, { env: string; release?: string }])[] = [
  [
    { VERCEL_ENV: 'production', VERCEL_GIT_COMMIT_SHA: 'c0ffee' },
    { env: 'prod', release: 'c0ffee' },
  ],
  [{ VERCEL_ENV: 'preview' }, { env: 'preview' }],
  [{ NODE_ENV: 'production' }, { env: 'prod' }],
  [
    { BUDDY_ENV: 'staging', BUDDY_RELEASE: '1.0', VERCEL_ENV: 'production', VERCEL_GIT_COMMIT_SHA: 'x' },
    { env: 'staging', release: '1.0' },
  ],
  [{}, { env: 'dev' }],
]
for (const [environment, expected] of VERCEL) {
  test(`a process that ends at once has sent its events, with the environment's ${JSON.stringify(expected)}`, async t => {
    const receiver = await openReceiver(t)
    const script = `import { emitObserverEvent } from './index.ts'; emitObserverEvent({ type: 'workflow.step' })`
    const { NODE_ENV: _, ...inherited } = process.env
    const all = {
      ...inherited,
      ...environment,
      PULSE_BUDDY_INGEST_URL: receiver.url,
      PULSE_BUDDY_INGEST_SECRET: SECRET,
    }
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: path.join(import.meta.dirname),
      env: all,
    })
    assert.equal(receiver.requests.length, 1)
    assert.partialDeepStrictEqual(eventsOf(receiver.requests[0]!), [expected])
  })
}
