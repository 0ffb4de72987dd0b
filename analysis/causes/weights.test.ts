import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVEN, moved, type Weights } from './weights.ts'

const slow = { behaviour: 0, slowness: 40, saturation: 0, problem: 0 }
const failing = { behaviour: 30, slowness: 10, saturation: 0, problem: 0 }

test('what spoke for the hypothesis that was right counts more, what spoke for the first less', () => {
  const { behaviour, slowness, saturation } = moved(EVEN, slow, failing)
  assert.ok(behaviour > 1 && slowness < 1)
  assert.equal(saturation, 1)
})

test('a first hypothesis that was wrong loses, and nothing gains where nobody knows what was right', () => {
  const { behaviour, slowness, problem } = moved(EVEN, failing, undefined)
  assert.ok(behaviour < slowness && slowness < 1)
  assert.equal(problem, 1)
})

test('weights stay within bounds, whatever is said how often', () => {
  let weights: Weights = EVEN
  for (let i = 0; i < 1_000; i++) weights = moved(weights, slow, failing)
  assert.deepEqual(weights, { behaviour: 4, slowness: 0.25, saturation: 1, problem: 1 })
})
