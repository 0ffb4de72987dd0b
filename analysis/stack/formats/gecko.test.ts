import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGecko, readFrame } from './gecko.ts'

const FRAMES: readonly [line: string, name: string, file: string, line_: number][] = [
  ['total@https://shop.example/js/cart.js:12:5', 'total', 'https://shop.example/js/cart.js', 12],
  ['@https://shop.example/js/cart.js:12:5', '', 'https://shop.example/js/cart.js', 12],
  ['https://shop.example/js/cart.js:12:5', '', 'https://shop.example/js/cart.js', 12],
  ['async*load@https://shop.example/js/cart.js:12:5', 'load', 'https://shop.example/js/cart.js', 12],
  ['promise callback*load/<@https://shop.example/js/cart.js:12:5', 'load/<', 'https://shop.example/js/cart.js', 12],
  ['forEach@[native code]', 'forEach', 'native', 0],
  ['global code@https://shop.example/js/cart.js:1:1', 'global code', 'https://shop.example/js/cart.js', 1],
  [
    'f@https://cdn.example/npm/@acme/cart@1.2.3/index.js:9:1',
    'f',
    'https://cdn.example/npm/@acme/cart@1.2.3/index.js',
    9,
  ],
  ['https://cdn.example/npm/cart@1.2.3/index.js:9:1', '', 'https://cdn.example/npm/cart@1.2.3/index.js', 9],
  ['rule@https://shop.example/r.js line 5 > eval:1:3', 'rule', 'https://shop.example/r.js', 0],
  ['total@index.ios.bundle:1:4211', 'total', 'index.ios.bundle', 1],
]
test('a frame of Firefox or Safari has its function, file and line', () => {
  for (const [line, name, file, at] of FRAMES)
    assert.deepEqual(readFrame(line), { owner: '', name, file, line: at }, line)
})

test('addresses in messages are no frames', () => {
  for (const line of ['ana@example.com', 'ana@db:5432', 'cannot reach the host ana@db/orders:5432', '@', '']) {
    assert.equal(readFrame(line), undefined, line)
  }
})

test('a console’s first line names the error', () => {
  const error = parseGecko(['TypeError: cart is undefined', 'total@https://shop.example/js/cart.js:12:5'])
  assert.deepEqual([error?.type, error?.message, error?.frames.length], ['TypeError', 'cart is undefined', 1])
})
