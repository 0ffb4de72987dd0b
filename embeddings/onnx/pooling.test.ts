import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pool } from './pooling.ts'
import type { Pooling } from './settings.ts'

/** Two texts of three and one tokens, two numbers a token; 99 is padding and must never show. */
const tokens = {
  data: Float32Array.of(1, -2, 3, -4, 8, -6, 5, 7, 99, 99, 99, 99),
  sequence: 3,
  width: 2,
  lengths: [3, 1],
}
const expected: Readonly<Record<Pooling, number[][]>> = {
  cls: [
    [1, -2],
    [5, 7],
  ],
  mean: [
    [4, -4],
    [5, 7],
  ],
  max: [
    [8, -2],
    [5, 7],
  ],
  last: [
    [8, -6],
    [5, 7],
  ],
}
for (const [pooling, vectors] of Object.entries(expected)) {
  test(`${pooling} pooling looks at a text's own tokens alone`, () => {
    const found = pool(tokens, pooling as Pooling) // a key of the table
    assert.deepEqual(
      found.map(vector => [...vector]),
      vectors,
    )
  })
}

test('half precision is read as numbers, and its sums do not overflow', () => {
  const data = Float16Array.of(60_000, 60_000, 60_000, 60_000)
  const [vector] = pool({ data, sequence: 4, width: 1, lengths: [4] }, 'mean')
  assert.equal(vector![0], Float16Array.of(60_000)[0])
})
