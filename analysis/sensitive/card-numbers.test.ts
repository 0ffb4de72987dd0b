import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCardNumber, replaceCardNumbers } from './card-numbers.ts'

const mark = () => '[CARD]'

/** The numbers that issuers publish for tests. */
const NUMBERS = [
  '4111111111111111',
  '4222222222222',
  '4000000000000000006',
  '5555555555554444',
  '2223003122003222',
  '378282246310005',
  '30569309025904',
  '6011111111111117',
  '3530111333300000',
  '6304000000000000',
]

test('card numbers are replaced in one piece and in the groups that are printed on cards', () => {
  for (const number of NUMBERS) {
    for (const [before, after] of [
      ['', ''],
      ['card ', ' refused'],
      ['{"n":"', '"}'],
      ['n=', ','],
      ['paid with ', '.'],
    ]) {
      assert.equal(replaceCardNumbers(before + number + after, mark), `${before}[CARD]${after}`, number)
    }
  }
  assert.equal(replaceCardNumbers('4111 1111 1111 1111, 4111-1111-1111-1111', mark), '[CARD], [CARD]')
  assert.equal(replaceCardNumbers('3782 822463 10005 and 3056 930902 5904', mark), '[CARD] and [CARD]')
  assert.equal(replaceCardNumbers('4111 1111 1111 1111 12/27 123', mark), '[CARD] 12/27 123')
})

const CLEAN = [
  '4111111111111112',
  '1111111111111117',
  '1732060800123 1732060800123456789',
  '0.4111111111111111 4111111111111111.5 1,4111111111111111',
  'id4111111111111111 4111111111111111x _4111111111111111',
  '41111111111111111111111',
  '4111 1111-1111 1111',
  '4bf92f3577b34da6a3ce929d0e0e4736',
]

test('numbers of the wrong length, issuer, check digit or surroundings stay', () => {
  for (const text of CLEAN) assert.equal(replaceCardNumbers(text, mark), text)
})

test('any one wrong digit is noticed', () => {
  const wrong = fc.record({ number: fc.constantFrom(...NUMBERS), at: fc.nat(12), add: fc.integer({ min: 1, max: 9 }) })
  fc.assert(
    fc.property(wrong, ({ number, at, add }) => {
      const digit = (Number(number[at]) + add) % 10
      assert.equal(isCardNumber(number.slice(0, at) + digit + number.slice(at + 1)), false)
    }),
  )
})
