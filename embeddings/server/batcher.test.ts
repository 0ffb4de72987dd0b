import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatedProvider, gatedVector } from '../testing/gated-provider.ts'
import { type BatcherLimits, createBatcher } from './batcher.ts'
import { RefusedError } from './refusal.ts'

const limits: BatcherLimits = {
  max_batch_texts: 4,
  max_batch_wait_ms: 0,
  max_concurrent_batches: 1,
  max_queue_texts: 8,
  queue_timeout_ms: 60_000,
}
const signal = new AbortController().signal
const setup = (changed: Partial<BatcherLimits> = {}) => {
  const provider = gatedProvider()
  const stopping = new AbortController()
  const batcher = createBatcher(provider, { ...limits, ...changed }, stopping.signal, () => {})
  return { provider, batcher, stop: () => stopping.abort() }
}
const refused = (status: number) => (error: unknown) => error instanceof RefusedError && error.status === status

test('while the model is busy what comes is gathered, in order, up to max_batch_texts', async () => {
  const { provider, batcher } = setup()
  const first = batcher.embed(['a'], signal)
  await provider.begun(1)
  const later = [['bb', 'ccc'], ['dddd'], ['eeeee', 'f']].map(texts => batcher.embed(texts, signal))
  assert.equal(batcher.waiting(), 5)
  provider.open()
  const results = await Promise.all([first, ...later])
  assert.deepEqual(provider.runs, [['a'], ['bb', 'ccc', 'dddd'], ['eeeee', 'f']])
  assert.deepEqual(
    results.map(result => result.vectors),
    [['a'], ['bb', 'ccc'], ['dddd'], ['eeeee', 'f']].map(texts => texts.map(gatedVector)),
  )
  assert.deepEqual(results[3]!.tokens, [5, 1])
  assert.equal(batcher.waiting() + batcher.running(), 0)
})

test('an idle model waits for company, and no longer once the batch is full', async () => {
  const { provider, batcher } = setup({ max_batch_wait_ms: 60_000 })
  provider.open()
  const one = batcher.embed(['a', 'b'], signal)
  assert.equal(provider.runs.length, 0)
  const two = batcher.embed(['c', 'd'], signal)
  await Promise.all([one, two])
  assert.deepEqual(provider.runs, [['a', 'b', 'c', 'd']])
})

test('a lonely text waits max_batch_wait_ms and goes', async () => {
  const { provider, batcher } = setup({ max_batch_wait_ms: 30 })
  provider.open()
  const startMs = performance.now()
  await batcher.embed(['a'], signal)
  // Timers of Node may fire a millisecond early.
  assert.ok(performance.now() - startMs >= 29)
})

test('at the end nobody waits for company', async () => {
  const { provider, batcher, stop } = setup({ max_batch_wait_ms: 600_000 })
  provider.open()
  const lonely = batcher.embed(['a'], signal)
  assert.equal(batcher.waiting(), 1)
  stop()
  assert.deepEqual((await lonely).vectors, [gatedVector('a')])
  assert.deepEqual((await batcher.embed(['b'], signal)).vectors, [gatedVector('b')])
})

test('the queue takes just max_queue_texts; past it 429 with a wait that follows the speed of the model', async () => {
  const { provider, batcher } = setup()
  const running = batcher.embed(['a'], signal)
  await provider.begun(1)
  const waiting = [batcher.embed(['1', '2', '3', '4'], signal), batcher.embed(['5', '6', '7', '8'], signal)]
  assert.throws(() => batcher.embed(['9'], signal), refused(429))
  assert.throws(
    () => batcher.assertRoom(),
    (error: unknown) => {
      return error instanceof RefusedError && error.retryAfterMs! >= 1 && error.retryAfterMs! <= 60_000
    },
  )
  provider.open()
  await Promise.all([running, ...waiting])
  assert.deepEqual(provider.runs.flat().length, 9)
  await batcher.embed(['9'], signal)
})

test('several batches run at once where there are several workers', async () => {
  const { provider, batcher } = setup({ max_concurrent_batches: 2, max_batch_texts: 1 })
  const works = ['a', 'b', 'c'].map(text => batcher.embed([text], signal))
  await provider.begun(2)
  assert.deepEqual([provider.runs.length, batcher.running(), batcher.waiting()], [2, 2, 1])
  provider.open()
  await Promise.all(works)
})

test('a caller that leaves takes its texts out of the queue', async () => {
  const { provider, batcher } = setup()
  const running = batcher.embed(['a'], signal)
  await provider.begun(1)
  const controller = new AbortController()
  const gone = batcher.embed(['never'], controller.signal)
  const stays = batcher.embed(['b'], signal)
  controller.abort()
  await assert.rejects(gone, refused(499))
  provider.open()
  await Promise.all([running, stays])
  assert.deepEqual(provider.runs, [['a'], ['b']])
})

test('a text that waits too long is told so', async () => {
  const { provider, batcher } = setup({ queue_timeout_ms: 20 })
  const running = batcher.embed(['a'], signal)
  await provider.begun(1)
  await assert.rejects(batcher.embed(['b'], signal), refused(503))
  assert.equal(batcher.waiting(), 0)
  provider.open()
  await running
})

test('a request that breaks the model does not break those that were batched with it', async () => {
  const { provider, batcher } = setup()
  const running = batcher.embed(['a'], signal)
  await provider.begun(1)
  const poison = batcher.embed(['poison'], signal)
  const good = batcher.embed(['good'], signal)
  provider.release()
  await provider.begun(2)
  provider.release(new Error('the model chokes'))
  await provider.begun(3)
  provider.release(new Error('the model chokes'))
  await provider.begun(4)
  provider.release()
  await running
  await assert.rejects(poison, (error: unknown) => refused(503)(error) && /chokes/.test((error as Error).message))
  assert.deepEqual((await good).vectors, [gatedVector('good')])
  assert.deepEqual(provider.runs, [['a'], ['poison', 'good'], ['poison'], ['good']])
  assert.equal(batcher.failures(), 0, 'the last run went well')
})
