import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasPoint, millisecondsOf } from './seconds.ts'

const TIMES: readonly (readonly [string, number])[] = [
  ['12.5', 12_500],
  ['0,160', 160],
  ['1,234.5', 1_234_500],
  ['1.234,5', 1_234_500],
  ["1'234.5", 1_234_500],
  ['1,234,567', 1_234_567_000],
  ['1,234', 1_234],
  ['1.2e-2', 12],
  ['80.803ms', 80.803],
  ['1m30.5s', 90_500],
  ['00:00:01.5', 1_500],
  ['1.00:00:00', 86_400_000],
  ['NaN', 0],
  ['-3', 0],
  ['', 0],
  ['soon', 0],
]
for (const [text, expected] of TIMES) {
  test(`a time is read as its tool meant it: ${text || 'none'}`, () => {
    assert.ok(Math.abs(millisecondsOf(text) - expected) < 1e-6, String(millisecondsOf(text)))
  })
}

test('a lone comma divides thousands where the other times of the report have a point', () => {
  assert.ok(hasPoint(['1,234', '0.5']))
  assert.ok(!hasPoint(['1,234', '0,5', 'NaN', undefined]))
  assert.equal(millisecondsOf('1,234', true), 1_234_000)
  assert.equal(millisecondsOf('0,160', true), 160)
})
