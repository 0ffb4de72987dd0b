import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causeChain } from './cause-chain.ts'

test('a chain of Node.js names every error with the line of ours that threw it', () => {
  const stack = `ExchangeRateError: no exchange rate from PLN to EUR
    at rateFor (file:///app/services/payment/exchange-rates.ts:58:11)
    at convert (file:///app/services/payment/exchange-rates.ts:50:34)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)
Caused by: RangeError: PLN is not among EUR, SEK
    at Map.get (/app/node_modules/rates/index.js:3:9)
    at readQuote (file:///app/services/payment/exchange-rates.ts:67:37)`
  assert.deepEqual(
    causeChain(stack).map(({ type, at }) => [type, at?.function, at?.line]),
    [
      ['ExchangeRateError', 'rateFor', 58],
      ['RangeError', 'readQuote', 67],
    ],
  )
})

test('a chain of Python, which prints the cause first, is told in the same order', () => {
  const stack = `Traceback (most recent call last):
  File "/srv/shop/orders/stock.py", line 12, in take
    left[sku] -= 1
KeyError: 'SKU-1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/orders/views.py", line 40, in reserve
    take(sku)
OutOfStock: SKU-1`
  assert.deepEqual(
    causeChain(stack).map(({ type, at }) => [type, at?.function, at?.line]),
    [
      ['OutOfStock', 'reserve', 40],
      ['KeyError', 'take', 12],
    ],
  )
})

test('what is no stack has no chain', () => {
  for (const text of ['', 'connection refused', 'Error']) assert.deepEqual(causeChain(text), [])
})
