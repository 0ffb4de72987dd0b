import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from './errors.ts'
import { fanOut } from './fan-out.ts'
import { logBatch } from './testing/batches.ts'

const signal = new AbortController().signal
const rejecting = (error: Error) => () => Promise.reject(error)
const taking = async () => {}

test('a batch is safe only when every consumer has it', async () => {
  const gate = Promise.withResolvers<void>()
  let isSafe = false
  const consuming = fanOut([taking, () => gate.promise])(logBatch('a'), signal).then(() => {
    isSafe = true
  })
  await Promise.resolve()
  assert.equal(isSafe, false)
  gate.resolve()
  await consuming
})

const overloaded = new OverloadedError('full', 100)
const unavailable = new UnavailableError('away', 900)
const permanent = new PermanentError('never')
const two = new RejectedRecordsError(2, 'two')
const cases: [string, Error[], (error: unknown) => boolean][] = [
  ['one that asks for a resend wins over those that do not', [permanent, overloaded, two], e => e === overloaded],
  ['the longest wait wins', [overloaded, unavailable], e => e === unavailable],
  ['a permanent error wins over rejected records', [two, permanent], e => e === permanent],
  ['rejected records keep their count', [two], e => e === two],
  [
    'the largest count of rejected records stands',
    [two, new RejectedRecordsError(3, 'three')],
    e => e instanceof RejectedRecordsError && e.rejected === 3,
  ],
]
for (const [name, errors, isExpected] of cases) {
  test(`of several errors: ${name}`, async () => {
    await assert.rejects(fanOut([taking, ...errors.map(rejecting)])(logBatch('a'), signal), isExpected)
  })
}
