import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseV8, readFrame } from './v8.ts'

const FRAMES: readonly [line: string, name: string, file: string, line_: number][] = [
  ['at total (/app/src/cart.js:12:5)', 'total', '/app/src/cart.js', 12],
  ['at /app/src/cart.js:12:5', '', '/app/src/cart.js', 12],
  ['at async place (file:///app/orders.mjs:3:1)', 'place', 'file:///app/orders.mjs', 3],
  ['at async file:///app/orders.mjs:3:1', '', 'file:///app/orders.mjs', 3],
  ['at async Promise.all (index 0)', 'Promise.all', 'index 0', 0],
  ['at new Cart (C:\\shop\\cart.js:1:2)', 'new Cart', 'C:\\shop\\cart.js', 1],
  ['at Cart.total [as sum] (/app/cart.js:1:2)', 'Cart.total [as sum]', '/app/cart.js', 1],
  ['at Object.<anonymous> (/app/cart.js:1:2)', 'Object.<anonymous>', '/app/cart.js', 1],
  ['at Array.map (<anonymous>)', 'Array.map', '<anonymous>', 0],
  ['at Array.forEach (native)', 'Array.forEach', 'native', 0],
  [
    'at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    'process.processTicksAndRejections',
    'node:internal/process/task_queues',
    105,
  ],
  ['at eval (eval at load (/app/rules.js:9:16), <anonymous>:1:33)', '', '/app/rules.js', 9],
  [
    'at check (eval at eval (eval at load (/app/rules.js:9:16), <anonymous>:1:1), <anonymous>:1:33)',
    'check',
    '/app/rules.js',
    9,
  ],
  ['at wasm://wasm/0009cc4e:wasm-function[12]:0x12a', '', 'wasm://wasm/0009cc4e', 0],
  ['at total (wasm://wasm/0009cc4e:wasm-function[12]:0x12a)', 'total', 'wasm://wasm/0009cc4e', 0],
  ['at total (address at index.android.bundle:1:4211)', 'total', 'index.android.bundle', 1],
  ['at f (https://shop.example/main.js?v=2:1:88) {', 'f', 'https://shop.example/main.js?v=2', 1],
  ['at f (webpack-internal:///(rsc)/./src/a.ts:4:9)', 'f', 'webpack-internal:///(rsc)/./src/a.ts', 4],
]
test('a V8 frame has its function, file and line', () => {
  for (const [line, name, file, at] of FRAMES)
    assert.deepEqual(readFrame(line), { owner: '', name, file, line: at }, line)
})

test('lines that only begin like a frame are none', () => {
  for (const line of ['at noon', 'at the end of the file', 'at', 'attach (a.js:1:1)', '']) {
    assert.equal(readFrame(line), undefined, line)
  }
})

test('causes and members hang on the errors whose braces they stand in', () => {
  const error = parseV8(
    `AggregateError: both failed
    at all (/app/all.js:1:1) {
  [errors]: [
    Error: first
        at one (/app/one.js:1:1),
    TypeError: second
        at two (/app/two.js:1:1) {
      code: 'E2',
      [cause]: RangeError: deeper
          at three (/app/three.js:1:1)
    }
  ],
  [cause]: Error: of both
      at four (/app/four.js:1:1)
}`.split('\n'),
  )
  assert.equal(error?.type, 'AggregateError')
  assert.deepEqual(
    error.frames.map(frame => frame.name),
    ['all'],
  )
  assert.deepEqual(
    error.members.map(member => [member.type, member.message, member.frames[0]?.name]),
    [
      ['Error', 'first', 'one'],
      ['TypeError', 'second', 'two'],
    ],
  )
  assert.equal(error.members[1]?.cause?.frames[0]?.name, 'three')
  assert.equal(error.cause?.frames[0]?.name, 'four')
})

test('what Node.js prints around an uncaught error is no part of it', () => {
  const lines = [
    '/app/a.js:3',
    "  throw new Error('x: y')",
    '  ^',
    '',
    'Error: x: y',
    '    at f (/app/a.js:3:9)',
    '',
    'Node.js v24.1.0',
  ]
  const error = parseV8(lines)
  assert.deepEqual([error?.type, error?.message, error?.frames.length], ['Error', 'x: y', 1])
})

test('a second trace in the same text is left alone', () => {
  const error = parseV8(['Error: a', '    at f (/app/a.js:3:9)', 'TypeError: b', '    at g (/app/b.js:3:9)'])
  assert.deepEqual(
    error?.frames.map(frame => frame.name),
    ['f'],
  )
})
