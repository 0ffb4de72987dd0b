import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bin, findBurst, isNew } from './burst.ts'

const minutes = (...counts: number[]): Bin[] => counts.map(count => ({ count, length: 1 }))

test('errors of a few minutes in a quiet hour are a burst, with its first and last minute', () => {
  const bins = Array.from({ length: 60 }, (_, i) => ({
    count: i >= 31 && i <= 37 ? 6 : i % 20 === 0 ? 1 : 0,
    length: 1,
  }))
  const burst = findBurst(bins)!
  assert.deepEqual([burst.from, burst.to, burst.count], [31, 37, 42])
  assert.ok(burst.surprise > 50 && burst.chance < 1e-20 && burst.rate / burst.rateOutside > 100)
})

test('errors of every day are none', () => {
  const burst = findBurst(minutes(4, 6, 5, 3, 7, 5, 4, 6, 5, 5, 6, 4, 2, 5, 7, 5))
  assert.ok(burst === undefined || burst.chance > 0.05)
})

test('a quiet past makes a few errors stand out, a busy one does not', () => {
  const now = minutes(2, 1, 2, 2, 1)
  assert.ok(findBurst([{ count: 0, length: 600 }, ...now])!.chance < 1e-6)
  assert.ok((findBurst([{ count: 960, length: 600 }, ...now])?.chance ?? 1) > 0.05)
})

test('of two bursts the more surprising one is found, not the one with more errors in all', () => {
  const burst = findBurst(minutes(...Array<number>(50).fill(9), 60, 70, ...Array<number>(8).fill(9)))!
  assert.deepEqual([burst.from, burst.to], [50, 51])
})

test('nothing, one bin, and any counts: no burst is told that holds less than its part', () => {
  assert.equal(findBurst([]), undefined)
  assert.equal(findBurst(minutes(0, 0)), undefined)
  assert.equal(findBurst(minutes(7)), undefined)
  const bin = fc.record({ count: fc.nat(50), length: fc.integer({ min: 1, max: 9 }) })
  fc.assert(
    fc.property(fc.array(bin, { maxLength: 30 }), bins => {
      const burst = findBurst(bins)
      if (burst !== undefined) {
        assert.ok(burst.count > burst.expected && burst.rate > burst.rateOutside)
        assert.ok(burst.chance >= 0 && burst.chance <= 1)
      }
    }),
  )
})

const NEW: readonly (readonly [string, Parameters<typeof isNew>[0], boolean])[] = [
  ['30 errors in the last 4 of 20 minutes', { count: 30, firstAt: 16, until: 20, watchedSince: 0 }, true],
  ['an error of every minute, first seen in the first', { count: 60, firstAt: 1, until: 60, watchedSince: 0 }, false],
  ['a single error after a long silence', { count: 1, firstAt: 159, until: 160, watchedSince: 0 }, true],
  ['a single error in the middle', { count: 1, firstAt: 30, until: 60, watchedSince: 0 }, false],
  ['two errors of a rare kind, spread', { count: 2, firstAt: 20, until: 60, watchedSince: 0 }, false],
  ['seen from the start', { count: 9, firstAt: 0, until: 60, watchedSince: 0 }, false],
]
for (const [what, sightings, expected] of NEW) {
  test(`${what}: ${expected ? 'began while it was watched' : 'may have been there before'}`, () => {
    assert.equal(isNew(sightings), expected)
  })
}
