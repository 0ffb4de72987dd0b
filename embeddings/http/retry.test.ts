import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmbeddingError } from '../errors.ts'
import { retryAfterMs, retrying } from './retry.ts'

const settings = { max_attempts: 4, initial_interval_ms: 1, max_interval_ms: 8 }
const signal = new AbortController().signal
const away = (afterMs?: number) =>
  new EmbeddingError('SERVICE_UNAVAILABLE', 'away', afterMs === undefined ? {} : { retryAfterMs: afterMs })

/** Fails with the errors one after the other, then succeeds. */
function failing(...errors: unknown[]) {
  let calls = 0
  const send = () => {
    const error = errors[calls++]
    return error === undefined ? Promise.resolve('done') : Promise.reject(error)
  }
  return { send, calls: () => calls }
}

test('what may succeed later is tried again, up to the limit', async () => {
  const twice = failing(away(), away())
  assert.equal(await retrying(twice.send, settings, signal), 'done')
  assert.equal(twice.calls(), 3)
  const always = failing(...Array.from({ length: 9 }, () => away()))
  await assert.rejects(retrying(always.send, settings, signal), /away/)
  assert.equal(always.calls(), 4)
})

test('what never succeeds is tried once', async () => {
  for (const error of [new EmbeddingError('SERVICE_REFUSED', 'no'), new EmbeddingError('DIMENSIONS_DIFFER', 'no')]) {
    const once = failing(error)
    await assert.rejects(retrying(once.send, settings, signal), error)
    assert.equal(once.calls(), 1)
  }
})

test('a service that asks for more patience than we have is left alone', async () => {
  const patient = failing(away(8))
  assert.equal(await retrying(patient.send, settings, signal), 'done')
  const long = failing(away(9))
  await assert.rejects(retrying(long.send, settings, signal), (error: unknown) => {
    return error instanceof EmbeddingError && error.retryAfterMs === 9
  })
  assert.equal(long.calls(), 1)
})

test('an abort ends the wait with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const slow = { ...settings, initial_interval_ms: 60_000, max_interval_ms: 60_000 }
  const one = failing(away(), away())
  const work = retrying(one.send, slow, controller.signal)
  setImmediate(() => controller.abort(reason))
  await assert.rejects(work, reason)
  assert.equal(one.calls(), 1)
})

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0)
const headers: [string | null, number | undefined][] = [
  [null, undefined],
  ['7', 7_000],
  ['0', 0],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
]
for (const [header, expected] of headers) {
  test(`Retry-After: ${header}`, () => assert.equal(retryAfterMs(header, NOW_MS), expected))
}
