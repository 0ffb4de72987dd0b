import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, innermostFirst } from './innermost.ts'

const failure = (fingerprint: string, spanId: string | undefined, began: number, ended: number): Failure => ({
  ...{ fingerprint, spanId, began, ended },
})
const PARENTS = new Map([
  ['price', 'quotes'],
  ['quotes', 'call'],
  ['call', 'sessions'],
])
const order = (failures: readonly Failure[], parents = PARENTS) =>
  innermostFirst(failures, parents).map(({ fingerprint }) => fingerprint)

test('a failure within another comes first, also where its end is written a moment later', () => {
  const [outer, inner] = [failure('outer', 'quotes', 0, 9.6), failure('inner', 'price', 4, 9.9)]
  assert.deepEqual(order([outer, inner]), ['inner', 'outer'])
})

test('a span between two failures that did not fail itself parts them no less', () => {
  assert.deepEqual(order([failure('outer', 'sessions', 0, 9), failure('inner', 'price', 4, 9)]), ['inner', 'outer'])
})

test('what is logged in a span lies around what failed beneath it', () => {
  assert.deepEqual(order([failure('line', 'quotes', 8, 8), failure('inner', 'price', 4, 9)]), ['inner', 'line'])
})

test('of failures of which none is within another the one that ended first comes first', () => {
  const some = [failure('late', undefined, 0, 9), failure('begun last', undefined, 6, 8), failure('b', 'x', 2, 8)]
  assert.deepEqual(order(some), ['begun last', 'b', 'late'])
})

test('parents that go round in a circle end it', () => {
  const circle = new Map([
    ['a', 'b'],
    ['b', 'a'],
  ])
  assert.deepEqual(order([failure('one', 'a', 0, 2), failure('two', 'b', 0, 1)], circle), ['two', 'one'])
})
