import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createDelivery, type DeliveryOptions, type Outcome } from './delivery.ts'
import { post } from './post.ts'
import { openReceiver } from './testing/receiver.ts'

function open(send: DeliveryOptions<number>['send'], options: Partial<DeliveryOptions<number>> = {}) {
  const warnings: string[] = []
  const delivery = createDelivery<number>({
    send,
    maxItems: 100,
    maxBytes: 1_000,
    sizeOf: () => 1,
    maxBatchItems: 10,
    maxBatchBytes: 1_000,
    flushIntervalMs: 1,
    requestTimeoutMs: 200,
    backoffMinMs: 1,
    backoffMaxMs: 5,
    onWarning: message => warnings.push(message),
    ...options,
  })
  return { delivery, warnings }
}

test('items go in order, in batches, each once', async () => {
  const requests: number[][] = []
  const { delivery } = open(async items => {
    requests.push([...items])
    return 'sent'
  })
  for (let i = 0; i < 25; i++) assert.equal(delivery.add(i), true)
  assert.equal(await delivery.flush(1_000), true)
  assert.deepEqual(
    requests.flat(),
    Array.from({ length: 25 }, (_, i) => i),
  )
  assert.ok(requests.every(({ length }) => length <= 10))
  assert.deepEqual([delivery.pending, delivery.sent, delivery.dropped], [0, 25, 0])
})

test('a batch stays within its bytes, and an item that is larger goes alone', async () => {
  const requests: number[][] = []
  const { delivery } = open(
    async items => {
      requests.push([...items])
      return 'sent'
    },
    { sizeOf: item => item, maxBatchBytes: 10, flushIntervalMs: 60_000 },
  )
  for (const item of [4, 6, 1, 50, 9, 2]) delivery.add(item)
  assert.equal(await delivery.flush(1_000), true)
  assert.deepEqual(requests, [[4, 6], [1], [50], [9], [2]])
})

test('past the limits an item is dropped, counted and told of once; the others are sent', async () => {
  const { delivery, warnings } = open(async () => 'sent', { maxItems: 3, flushIntervalMs: 60_000 })
  assert.deepEqual([1, 2, 3, 4, 5].map(delivery.add), [true, true, true, false, false])
  assert.equal(await delivery.flush(1_000), true)
  assert.deepEqual([delivery.sent, delivery.dropped], [3, 2])
  assert.deepEqual(warnings, ['the queue is full (3 items, 3 bytes): 1 dropped so far'])
  const small = open(async () => 'sent', { maxBytes: 5, sizeOf: item => item, flushIntervalMs: 60_000 }).delivery
  assert.deepEqual([3, 3, 2].map(small.add), [true, false, true])
})

test('while the server is away items wait, and all are sent when it is back', async () => {
  let isAway = true
  let tries = 0
  const { delivery, warnings } = open(async () => {
    tries += 1
    if (tries === 4) isAway = false
    if (isAway) throw new Error('ECONNREFUSED')
    return 'sent'
  })
  for (let i = 0; i < 5; i++) delivery.add(i)
  assert.equal(await delivery.flush(2_000), true)
  assert.deepEqual([delivery.sent, delivery.dropped, tries], [5, 0, 4])
  assert.deepEqual(warnings, ['cannot deliver: ECONNREFUSED; 5 items wait'])
})

test('a request that is repeated is the same request, whatever has come since', async () => {
  const requests: number[][] = []
  const { delivery } = open(async items => {
    requests.push([...items])
    if (requests.length > 2) return 'sent'
    delivery.add(10 + requests.length)
    return { retry: 'the answer got lost' }
  })
  delivery.add(1)
  delivery.add(2)
  assert.equal(await delivery.flush(2_000), true)
  assert.deepEqual(requests, [
    [1, 2],
    [1, 2],
    [1, 2],
    [11, 12],
  ])
})

test('a refused item does not take its neighbours with it', async () => {
  const taken: number[] = []
  const { delivery, warnings } = open(async (items): Promise<Outcome> => {
    if (items.includes(3)) return { refused: '400 no threes' }
    taken.push(...items)
    return 'sent'
  })
  for (let i = 0; i < 6; i++) delivery.add(i)
  assert.equal(await delivery.flush(1_000), true)
  assert.deepEqual(taken, [0, 1, 2, 4, 5])
  assert.deepEqual([delivery.sent, delivery.dropped], [5, 1])
  assert.match(warnings[0]!, /refuses an item \(400 no threes\): 1 dropped so far/)
})

test('an answer that never comes is given up after the time limit, and tried again', async () => {
  let tries = 0
  const { delivery } = open(
    (_items, signal) => {
      tries += 1
      if (tries > 1) return Promise.resolve('sent')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    },
    { requestTimeoutMs: 20 },
  )
  delivery.add(1)
  assert.equal(await delivery.flush(2_000), true)
  assert.equal(tries, 2)
})

test('flush gives up at its deadline and keeps what waits', async () => {
  const { delivery } = open(async () => ({ retry: 'no' }), { backoffMinMs: 60_000, backoffMaxMs: 60_000 })
  delivery.add(1)
  assert.equal(await delivery.flush(20), false)
  assert.deepEqual([delivery.pending, delivery.dropped], [1, 0])
})

test('to hurry spares the wait for company, and keeps the pause that the server asked for', async () => {
  let tries = 0
  let tried = () => {}
  const firstTry = new Promise<void>(resolve => {
    tried = resolve
  })
  const { delivery } = open(
    async () => {
      tries += 1
      tried()
      return { retry: '429', retryAfterMs: 60_000 }
    },
    { flushIntervalMs: 60_000 },
  )
  delivery.add(1)
  delivery.hurry()
  await firstTry
  for (let i = 0; i < 20; i++) {
    delivery.add(i)
    delivery.hurry()
    await new Promise(setImmediate)
  }
  assert.deepEqual([tries, delivery.pending], [1, 21])
})

test('a flush that gave up does not hold the process, however long the server asked to wait', async () => {
  const script = `import { createDelivery } from './delivery.ts'
    const delivery = createDelivery({
      send: async () => ({ retry: 'later', retryAfterMs: 60_000 }), sizeOf: () => 1, onWarning: () => {},
      maxItems: 9, maxBytes: 9, maxBatchItems: 9, maxBatchBytes: 9, flushIntervalMs: 1, requestTimeoutMs: 100,
    })
    delivery.add(1)
    console.log(await delivery.flush(50), delivery.pending)`
  const limits = { cwd: import.meta.dirname, timeout: 20_000 } // far less than the pause; past it the child is killed
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], limits)
  assert.equal((await child).stdout, 'false 1\n')
})

test('a hook that throws is no fault of the application', async () => {
  const { delivery } = open(async () => ({ refused: 'x' }), {
    onWarning: () => {
      throw new Error('mine')
    },
  })
  delivery.add(1)
  assert.equal(await delivery.flush(1_000), true)
})

const ANSWERS: readonly (readonly [number, Record<string, string>, unknown])[] = [
  [202, {}, 'sent'],
  [204, {}, 'sent'],
  [400, {}, { refused: '400 told' }],
  [401, {}, { retry: '401 told', retryAfterMs: undefined }],
  [404, {}, { retry: '404 told', retryAfterMs: undefined }],
  [422, {}, { refused: '422 told' }],
  [413, {}, { refused: '413 told' }],
  [429, { 'retry-after': '2' }, { retry: '429 told', retryAfterMs: 2_000 }],
  [503, { 'retry-after': '3600' }, { retry: '503 told', retryAfterMs: 60_000 }],
  [500, {}, { retry: '500 told', retryAfterMs: undefined }],
]
test('what an answer means', async t => {
  const receiver = await openReceiver(t)
  for (const [status, headers, expected] of ANSWERS) {
    receiver.answer = () => ({ status, headers, body: status === 204 ? '' : 'told' })
    const outcome = await post(receiver.url, { headers: {}, body: 'x' }, AbortSignal.timeout(1_000))
    assert.deepEqual(outcome, expected)
  }
})

test('a redirect is not followed, so that nobody else sees the token; it is tried again', async t => {
  const receiver = await openReceiver(t)
  const other = await openReceiver(t)
  receiver.answer = () => ({ status: 307, headers: { location: other.url } })
  const outcome = await post(receiver.url, { headers: {}, body: 'x' }, AbortSignal.timeout(1_000))
  assert.deepEqual(outcome, { retry: '307 is a redirect: the address must be the final one' })
  assert.equal(other.requests.length, 0)
})
