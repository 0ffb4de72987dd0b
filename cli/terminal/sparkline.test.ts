import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sparkline } from './sparkline.ts'

test('a sparkline rises from nothing to the highest value, and has gaps where nothing is known', () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8]), '▁▂▃▄▅▆▇██')
  assert.equal(sparkline([5, undefined, 10]), '▅ █')
  assert.equal(sparkline([0, 0]), '▁▁')
  assert.equal(sparkline([]), '')
})
