import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelChanges, slower, type Timed } from './slower.ts'

/** A request each second; durations that look drawn and are the same in every run. */
function requests(count: number, duration: (i: number, chance: number) => number): Timed[] {
  let state = 7
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return { at: i * 1_000, durationMs: duration(i, state / 2 ** 32) }
  })
}
const usual = (chance: number) => 10 + 5 * chance

test('what all requests wait for is found, with when it began and when it was over', () => {
  const found = slower(
    requests(600, (i, chance) => usual(chance) * (i >= 200 && i < 400 ? 20 : 1)),
    1.5,
  )
  assert.deepEqual([found?.level, found?.at, found?.ended], ['p50', 200_000, 400_000])
  assert.ok(found!.after / found!.before > 15)
})

test('what two requests in seven wait for is found in the slowest of each ten, though the median is the same', () => {
  const found = slower(
    requests(900, (i, chance) => usual(chance) * (i >= 450 && i % 7 < 2 ? 30 : 1)),
    1.5,
  )
  assert.equal(found?.level, 'p90')
  assert.ok(Math.abs(found!.at - 450_000) <= 20_000 && found!.ended === undefined)
})

test('requests that are as always, however much they scatter, are no change', () => {
  const calm = requests(2_000, (_, chance) => usual(chance) * (chance > 0.97 ? 50 : 1))
  assert.deepEqual(levelChanges(calm, 1.5), [])
  assert.equal(slower([], 1.5), undefined)
  assert.equal(
    slower(
      requests(30, (_, chance) => usual(chance)),
      1.5,
    ),
    undefined,
  )
})
