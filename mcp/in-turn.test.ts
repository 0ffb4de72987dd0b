import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './in-turn.ts'
import { ToolRefusal } from './refusal.ts'

test('so many calls run at once, the next ones in order, and too many are told to come back', async () => {
  const inTurn = createTurns(2, 2)
  const ends: (() => void)[] = []
  const started: number[] = []
  const calls = [0, 1, 2, 3].map(number =>
    inTurn(() => {
      started.push(number)
      return new Promise<number>((resolve, reject) => {
        ends.push(() => (number === 1 ? reject(new Error('one fails')) : resolve(number)))
      })
    }),
  )
  const results = Promise.allSettled(calls)
  await assert.rejects(
    inTurn(async () => 4),
    (error: unknown) => error instanceof ToolRefusal && /4 calls are under way/.test(error.message),
  )
  for (const expected of [
    [0, 1],
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]) {
    while (started.length < expected.length) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(started, expected)
    ends.shift()!()
  }
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  assert.equal(await inTurn(async () => 5), 5)
})
