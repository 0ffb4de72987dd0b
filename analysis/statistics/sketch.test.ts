import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  bucketOf,
  bucketValue,
  compact,
  countOf,
  countUpTo,
  merged,
  quantileOf,
  sketchOf,
  ZERO_BUCKET,
} from './sketch.ts'

/** percentile_cont over the values themselves. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = q * (sorted.length - 1)
  const low = sorted[Math.floor(rank)]!
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank))
}

const duration = fc.double({ min: 1e-6, max: 1e9, noNaN: true })

describe('a sketch', () => {
  test('gives every quantile within 1 % of the values themselves', () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const exact = exactQuantile(values, q)
          assert.ok(Math.abs(quantileOf(sketchOf(values), q)! - exact) <= exact * 0.01)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('of all values is the sketches of any parts of them, merged in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(duration)), parts => {
        const whole = sketchOf(parts.flat())
        assert.deepEqual(merged(...parts.map(sketchOf)), whole)
        assert.deepEqual(merged(...parts.toReversed().map(sketchOf)), whole)
      }),
    )
  })

  test('takes back what it is told to, to the last value', () => {
    const sketch = sketchOf([1, 2, 2, 900])
    assert.deepEqual(merged(sketch, [[bucketOf(2), -1]]), sketchOf([1, 2, 900]))
    assert.deepEqual(compact([...sketch, ...sketch.map(([bucket, count]) => [bucket, -count] as const)]), [])
  })

  test('counts what is at most a value, but for what shares its bucket', () => {
    const sketch = sketchOf([1, 10, 100, 1_000])
    assert.equal(countUpTo(sketch, 500), 3)
    assert.equal(countUpTo(sketch, 0), 0)
    assert.equal(countOf(sketch), 4)
  })

  test('has a place for nothing, for what is below it, and for what has no end', () => {
    for (const value of [0, -5, 1e-12, Number.NaN]) assert.equal(bucketOf(value), ZERO_BUCKET)
    assert.equal(bucketValue(ZERO_BUCKET), 0)
    assert.equal(quantileOf(sketchOf([0, 0, 0]), 0.5), 0)
    assert.equal(quantileOf([], 0.5), null)
    assert.equal(bucketOf(Number.POSITIVE_INFINITY), bucketOf(1e300))
  })
})
