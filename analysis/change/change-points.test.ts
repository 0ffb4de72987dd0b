import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changePoints } from './change-points.ts'

/** Durations as services have them: most near the median, some much longer. */
function durations(seed: number, ...stretches: readonly (readonly [count: number, medianMs: number])[]): number[] {
  let state = seed
  const chance = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(chance())) * Math.cos(2 * Math.PI * chance())
  return stretches.flatMap(([count, medianMs]) =>
    Array.from({ length: count }, () => medianMs * Math.exp(0.5 * normal()) * (chance() < 0.01 ? 25 : 1)),
  )
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 6, `at ${actual}, not at ${expected}`)

test('a service that becomes slow is told with the request from which on it is, and both medians', () => {
  const [point, ...others] = changePoints(durations(1, [200, 40], [150, 120]))
  near(point!.index, 200)
  assert.deepEqual(others, [])
  assert.ok(point!.before < 50 && point!.after > 100 && point!.chance < 1e-10)
})

test('slow for a while, and back: both moments are told, in their order', () => {
  const points = changePoints(durations(2, [300, 40], [80, 110], [300, 40]))
  assert.equal(points.length, 2)
  near(points[0]!.index, 300)
  near(points[1]!.index, 380)
})

test('a steady series changes nowhere, in 200 of 200 series', () => {
  for (let seed = 1; seed <= 200; seed++) assert.deepEqual(changePoints(durations(seed, [250, 60])), [], `seed ${seed}`)
})

test('a single outlier is no change, however large', () => {
  const values = durations(3, [120, 20])
  values[60] = 1e9
  assert.deepEqual(changePoints(values), [])
})

test('a change that is sure but small is of no interest', () => {
  assert.deepEqual(changePoints(durations(4, [3_000, 100], [3_000, 110])), [])
})

test('a long series keeps its moment, thinned out as it is', () => {
  const [point] = changePoints(durations(5, [60_000, 10], [40_000, 30]))
  assert.ok(Math.abs(point!.index - 60_000) < 300, `${point?.index}`)
})

test('short, empty, equal and odd series are read without a fault', () => {
  assert.deepEqual(changePoints([]), [])
  assert.deepEqual(changePoints(Array(100).fill(7)), [])
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 80 }), values => {
      const points = changePoints(values)
      assert.deepEqual(
        points.map(({ index }) => index),
        points.map(({ index }) => index).sort((a, b) => a - b),
      )
      for (const { index } of points) assert.ok(index > 0 && index < values.length)
    }),
  )
})
