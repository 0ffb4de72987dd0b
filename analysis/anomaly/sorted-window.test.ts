import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSortedWindow } from './sorted-window.ts'

test('quantiles and tails are those of the last values, whatever came before', () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, capacity, share) => {
        const window = createSortedWindow(capacity)
        for (const value of all) window.add(value)
        const last = all.slice(-capacity).sort((a, b) => a - b)
        assert.equal(window.size(), last.length)
        assert.equal(window.quantile(share), last[Math.min(last.length - 1, Math.floor(share * last.length))])
        const tail = last.slice(last.length - Math.max(1, Math.ceil(share * last.length)))
        assert.equal(window.tailMean(share), tail.reduce((sum, value) => sum + value, 0) / tail.length)
      },
    ),
  )
})

test('an empty window has 0 for everything', () => {
  const window = createSortedWindow(3)
  assert.deepEqual([window.size(), window.quantile(0.5), window.tailMean(0.1)], [0, 0, 0])
})
