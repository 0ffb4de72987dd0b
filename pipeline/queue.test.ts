import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consume } from './component.ts'
import { exporterSettings } from './config/schema.ts'
import { OverloadedError, PermanentError, RejectedRecordsError } from './errors.ts'
import { bestEffortQueue, durableQueue } from './queue.ts'
import { logBatch, recordingCounts } from './testing/batches.ts'

const never = new AbortController().signal
const settings = (queue: object = {}, retry: object = {}) =>
  exporterSettings.parse({
    sending_queue: { max_bytes: 100, num_consumers: 1, ...queue },
    retry_on_failure: { initial_interval_ms: 1, max_interval_ms: 2, ...retry },
  })

test('a durable queue resolves only when the exporter has, and refuses exactly what would pass its limit', async () => {
  const gate = Promise.withResolvers<void>()
  const queue = durableQueue('sink', () => gate.promise, settings())
  let isDone = false
  const first = queue.consume(logBatch('a', 1, 60), never).then(() => {
    isDone = true
  })
  const second = queue.consume(logBatch('b', 1, 40), never)
  assert.equal(queue.bytes(), 100)
  await assert.rejects(queue.consume(logBatch('c', 1, 1), never), OverloadedError)
  assert.equal(isDone, false)
  gate.resolve()
  await Promise.all([first, second])
  assert.equal(queue.bytes(), 0)
  await queue.consume(logBatch('c', 1, 1), never)
})

test('a durable queue hands the exporter’s error to the caller as it is, and gives the bytes back', async () => {
  const error = new RejectedRecordsError(1, 'one is bad')
  const queue = durableQueue('sink', () => Promise.reject(error), settings())
  await assert.rejects(queue.consume(logBatch('a', 1, 60), never), error)
  assert.equal(queue.bytes(), 0)
})

test('a best-effort queue never makes the caller wait, and counts exactly what does not fit', async () => {
  const counts = recordingCounts()
  const gate = Promise.withResolvers<void>()
  const queue = bestEffortQueue('sink', () => gate.promise, settings(), counts)
  await queue.consume(logBatch('a', 2, 60), never)
  await queue.consume(logBatch('b', 3, 40), never)
  await queue.consume(logBatch('c', 5, 1), never)
  assert.deepEqual([...counts.booked], [['dropped sink queue_full', 5]])
  gate.resolve()
  await queue.drain(never)
  assert.equal(counts.booked.get('stored sink'), 5)
  assert.equal(queue.bytes(), 0)
})

test('a best-effort queue tries again until the exporter takes the batch, but not after a permanent error', async () => {
  const counts = recordingCounts()
  const tries = new Map<string, number>()
  const send: Consume = async batch => {
    const n = (tries.get(batch.id) ?? 0) + 1
    tries.set(batch.id, n)
    if (batch.id === 'flaky' && n < 4) throw new Error('away')
    if (batch.id === 'bad') throw new PermanentError('never')
    if (batch.id === 'partly') throw new RejectedRecordsError(1, 'one')
  }
  const queue = bestEffortQueue('sink', send, settings(), counts)
  for (const id of ['flaky', 'bad', 'partly']) await queue.consume(logBatch(id, 3), never)
  await queue.drain(never)
  assert.deepEqual(
    [...tries],
    [
      ['flaky', 4],
      ['bad', 1],
      ['partly', 1],
    ],
  )
  assert.equal(counts.booked.get('stored sink'), 3 + 2)
  assert.equal(counts.booked.get('dropped sink permanent'), 3 + 1)
})

test('a best-effort queue gives up after its time and counts the drop', async () => {
  const counts = recordingCounts()
  const send = () => Promise.reject(new Error('away'))
  const queue = bestEffortQueue('sink', send, settings({}, { max_elapsed_time_ms: 5 }), counts)
  await queue.consume(logBatch('a', 4), never)
  await queue.drain(never)
  assert.deepEqual([...counts.booked], [['dropped sink retries_exhausted', 4]])
})

test('draining past the deadline drops the rest, counted, and ends', async () => {
  const counts = recordingCounts()
  const send = () => Promise.reject(new Error('away'))
  const queue = bestEffortQueue(
    'sink',
    send,
    settings({}, { initial_interval_ms: 60_000, max_interval_ms: 60_000 }),
    counts,
  )
  await queue.consume(logBatch('a', 4), never)
  await queue.consume(logBatch('b', 2), never)
  const deadline = new AbortController()
  const drained = queue.drain(deadline.signal)
  deadline.abort()
  await drained
  assert.deepEqual([...counts.booked], [['dropped sink shutdown', 6]])
})
