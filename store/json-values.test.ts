import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactNumber } from './json-values.ts'

test('a number stays a number only where a double holds it exactly', () => {
  const cases: [string, number | string][] = [
    ['0', 0],
    ['-7', -7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['12.50', 12.5],
    ['0.30000000000000004', 0.30000000000000004],
    ['3.3333333333333333', '3.3333333333333333'],
    ['0.000000000000000000000000001', 1e-27],
    ['123456789012345678.9', '123456789012345678.9'],
    ['1e400', '1e400'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
  ]
  for (const [text, expected] of cases) assert.equal(exactNumber(text), expected, text)
})

test('every double and every integer comes back as what was written', () => {
  fc.assert(
    // Adding 0 makes -0 what its text says: 0.
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number => {
      assert.equal(Number(exactNumber(String(number))), number + 0)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), number => {
      assert.equal(BigInt(exactNumber(number.toString())), number)
    }),
  )
})
