import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import * as observer from './index.ts'

const SECRET = 'a secret that both know'

test('none of the functions throws or rejects, whatever it is given; what cannot be read is counted', async t => {
  const receiver = await openReceiver(t)
  const warnings: string[] = []
  observer.configureObserver({ url: receiver.url, secret: SECRET, onWarning: message => warnings.push(message) })
  const refuse = () => {
    throw new Error('no')
  }
  const hostile = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse })
  const anything = [undefined, null, 1, 'text', hostile, { context: hostile }] as never[] // what JavaScript callers may do
  const calls = anything.flatMap(given => [
    () => observer.emitObserverEvent(given),
    () => observer.captureException(given, given),
    () => observer.emitDealTransition(given),
    () => observer.emitDealError(given),
    () => observer.emitServiceError(given),
  ])
  const before = observer.observerStatus()
  for (const call of calls) assert.equal(await call(), undefined)
  assert.equal(await observer.flushObserver(), true)
  const after = observer.observerStatus()
  const settled = after.sent - before.sent + after.dropped - before.dropped
  assert.deepEqual([settled, after.pending], [calls.length, 0])
  assert.ok(after.dropped - before.dropped >= 7, String(after.dropped))
  assert.match(warnings[0]!, /^observer-events: an event could not be read \(1 lost so far\)/)
})

test('a server that never answers delays no call, and what it left open is sent to the next that answers', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  observer.configureObserver({ url: receiver.url, secret: SECRET, onWarning: () => {} })
  const before = observer.observerStatus()
  let slowestMs = 0
  const start = performance.now()
  for (let i = 0; i < 200; i++) {
    const called = performance.now()
    await observer.emitObserverEvent({ type: 'workflow.step', message: `step ${i}` })
    slowestMs = Math.max(slowestMs, performance.now() - called)
  }
  assert.equal(await observer.flushObserver(50), false)
  assert.ok(performance.now() - start < 2_000, 'a flush keeps its deadline')
  assert.equal(observer.observerStatus().pending, 200)
  await receiver.away()
  receiver.answer = () => ({ status: 202 })
  await receiver.back()
  assert.equal(await observer.flushObserver(20_000), true)
  const after = observer.observerStatus()
  assert.deepEqual([after.sent - before.sent, after.dropped - before.dropped], [200, 0])
  t.diagnostic(`slowest emit: ${slowestMs.toFixed(1)} ms`)
})

test('requests stay within the server’s bytes, not characters', async t => {
  const receiver = await openReceiver(t)
  observer.configureObserver({ url: receiver.url, secret: SECRET, onWarning: () => {} })
  for (let i = 0; i < 90; i++) await observer.emitObserverEvent({ type: 'workflow.step', message: '€'.repeat(8_000) })
  assert.equal(await observer.flushObserver(), true)
  const bytes = receiver.requests.map(({ body }) => body.length)
  assert.ok(Math.max(...bytes) < 600_000, String(bytes))
  assert.ok(bytes.length > 1)
})

test('one event that is too large loses its context and says so', async t => {
  const receiver = await openReceiver(t)
  observer.configureObserver({ url: receiver.url, secret: SECRET, onWarning: () => {} })
  const context = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`key${i}`, '€'.repeat(8_000)]))
  await observer.captureException(new Error('kept'), { context })
  assert.equal(await observer.flushObserver(), true)
  const event = JSON.parse(receiver.requests[0]!.body.toString()) as Record<string, unknown>
  assert.partialDeepStrictEqual(event, { message: 'kept', error: { name: 'Error', message: 'kept' } })
  assert.match(JSON.stringify(event.context), /the context and the causes: the event had \d+ bytes/)
})

test('a waitUntil that throws loses no event and reaches nobody', async t => {
  const receiver = await openReceiver(t)
  const waitUntil = () => {
    throw new Error('outside of a request')
  }
  const warnings: string[] = []
  const onWarning = (message: string) => warnings.push(message)
  observer.configureObserver({ url: receiver.url, secret: SECRET, onWarning, waitUntil })
  const { dropped } = observer.observerStatus()
  t.after(() => observer.configureObserver({ waitUntil: () => {} }))
  await observer.emitObserverEvent({ type: 'workflow.step' })
  assert.equal(await observer.flushObserver(), true)
  assert.deepEqual([receiver.requests.length, observer.observerStatus().dropped], [1, dropped])
  assert.deepEqual(warnings, ['observer-events: waitUntil throws, so the platform may stop before events are sent'])
})

test('a runtime without a global crypto, as Node 18 is, signs the same', async t => {
  const receiver = await openReceiver(t)
  const script = `delete globalThis.crypto
    const { emitObserverEvent, configureObserver } = await import('./index.ts')
    configureObserver({ url: ${JSON.stringify(receiver.url)}, secret: ${JSON.stringify(SECRET)} })
    emitObserverEvent({ type: 'workflow.step', message: String(typeof globalThis.crypto) })`
  const limits = { cwd: import.meta.dirname, timeout: 20_000 }
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], limits)
  const { headers, body } = receiver.requests[0]!
  assert.match(body.toString(), /"message":"undefined"/)
  const signed = createHmac('sha256', SECRET)
    .update(`${String(headers['x-pulse-timestamp'])}.`)
    .update(body)
    .digest('hex')
  assert.equal(headers['x-pulse-signature'], signed)
})
