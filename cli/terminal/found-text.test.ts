import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundLines } from './found-text.ts'
import { painted } from './guard.ts'
import { cellsOf } from './width.ts'

const ROWS = [
  {
    verdict: 'a release',
    samples: ['001c755f-81ec-407c-9168-be774610a1b0', '03ae0307-7a46-44d5-8405-3b5e42d19ffb'],
    chain: ['ExchangeRateError at rateFor (src/rates.ts:61)', 'RangeError at readQuote (src/rates.ts:69)'],
    hit: { orders: 37, users: 30 },
    at: '2026-11-30T10:38:41.757Z',
  },
]

test('what was found fits the terminal, lists have room to break, and nothing is said by colour alone', () => {
  const found = {
    summary: 'Release 3.21.0 of payment is to blame, since it came.',
    sections: [{ name: 'cause', rows: ROWS }],
  }
  for (const columns of [60, 120]) {
    const lines = foundLines(found, columns)
    const plain = painted(lines, false)
    for (const line of plain.split('\n')) assert.ok(cellsOf(line) <= columns, line)
    assert.match(plain, /hit +orders 37, users 30/)
    assert.equal(painted(lines, true).replaceAll(/\u001b\[\d+m/g, ''), plain)
  }
})
