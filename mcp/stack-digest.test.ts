import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stackDigest } from './stack-digest.ts'

const library = (count: number) =>
  Array.from({ length: count }, (_, i) => `    at handle (/app/node_modules/express/lib/router.js:${i + 1}:5)`).join(
    '\n',
  )

test('of a long stack the causes and the frames of our own stay, however many frames of libraries are between', () => {
  const stack = [
    'CheckoutError: order ord_1 could not be placed',
    '    at place (/app/src/checkout.ts:40:11)',
    library(60),
    '    at main (/app/src/main.ts:7:3)',
    '  [cause]: LedgerError: sequence taken',
    '      at claim (/app/src/ledger.ts:9:5)',
    library(40),
  ].join('\n')
  assert.equal(
    stackDigest(stack),
    [
      'CheckoutError: order ord_1 could not be placed',
      '  at place (/app/src/checkout.ts:40)',
      '  at main (/app/src/main.ts:7)',
      '  … 60 more',
      'Caused by: LedgerError: sequence taken',
      '  at claim (/app/src/ledger.ts:9)',
      '  … 40 more',
    ].join('\n'),
  )
  assert.equal(stackDigest('no stack at all'), 'no stack at all')
})
