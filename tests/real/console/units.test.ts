import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBareNumber } from './units.ts'

const CASES: readonly (readonly [text: string, isBare: boolean])[] = [
  ['3 failures', false],
  ['12.4 k records', false],
  ['79.9 ms', false],
  ['4.2 %', false],
  ['1 ×', false],
  ['22.9 /min', false],
  ['p95 682 ms', false],
  ['Of 2,842 events, 76 were bad; 56 may be, 20 too many.', false],
  ['payment 1.27.5 → 1.28.0, at 03:13:46', false],
  ['No, number 2', false],
  ['1.', false],
  ['2,742', true],
  ['12.4 k', true],
  ['Patterns · 50', true],
  ['the newest 0', true],
  ['Of 2,842 events, 76', true],
  ['3,907 ▲ 8.42 %', true],
]

for (const [text, isBare] of CASES) {
  test(`“${text}” ${isBare ? 'has a number without a unit' : 'says what it counts'}`, () => {
    assert.equal(hasBareNumber(text), isBare)
  })
}
