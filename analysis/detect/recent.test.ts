import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRecent } from './recent.ts'

test('sums that are kept up are those of the minutes that are remembered, however many went by', () => {
  const minute = fc.record({ count: fc.nat(100_000), isCleared: fc.integer({ min: 0, max: 40 }).map(n => n === 0) })
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (minutes, most) => {
      const recent = createRecent(most)
      let kept: number[] = []
      for (const [time, { count, isCleared }] of minutes.entries()) {
        if (isCleared) {
          recent.clear()
          kept = []
        }
        recent.add({ time, count, bad: 0 })
        kept = [...kept, count].slice(-most)
        const mean = kept.reduce((sum, n) => sum + n, 0) / kept.length
        const squares = kept.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (mean || 1)
        // McCullagh and Nelder's, drawn towards 1.2 by ten minutes, at least 1 and at most 50.
        const dispersion = Math.min(50, Math.max(1, (squares + 12) / (kept.length + 10)))
        const usual = recent.usualCount()
        assert.deepEqual([usual.minutes, usual.all], [kept.length, kept.reduce((sum, n) => sum + n, 0)])
        assert.ok(Math.abs(usual.countDispersion - dispersion) < 1e-6, `${usual.countDispersion}, not ${dispersion}`)
      }
    }),
  )
})
