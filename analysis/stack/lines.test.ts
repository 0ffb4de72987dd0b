import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stackLines } from './lines.ts'
import { MAX_LINE_CHARS, MAX_STACK_CHARS } from './parsed.ts'
import { hasPosition, splitPosition } from './position.ts'

test('lines come without colours and carriage returns, and are found again where a logger escaped them', () => {
  const expected = ['Error: x', '    at f (a.js:1:2)']
  assert.deepEqual(stackLines('Error: x\r\n    at f (a.js:1:2)\r'), expected)
  assert.deepEqual(stackLines('\x1b[31mError: x\x1b[0m\n    at f (a.js:1:2)'), expected)
  assert.deepEqual(stackLines('Error: x\\n    at f (a.js:1:2)'), expected)
})

test('an overlong text loses its middle, an overlong line its end', () => {
  const lines = stackLines(`first\n${'x\n'.repeat(MAX_STACK_CHARS)}last`)
  assert.equal(lines[0], 'first')
  assert.equal(lines.at(-1), 'last')
  assert.ok(lines.join('\n').length <= MAX_STACK_CHARS + 1)
  assert.equal(stackLines('y'.repeat(MAX_LINE_CHARS + 1))[0]?.length, MAX_LINE_CHARS)
})

const POSITIONS: readonly [location: string, file: string, line: number][] = [
  ['src/cart.ts:12:5', 'src/cart.ts', 12],
  ['src/cart.ts:12', 'src/cart.ts', 12],
  ['node:net:1134:18', 'node:net', 1134],
  ['C:\\shop\\cart.js:7:1', 'C:\\shop\\cart.js', 7],
  ['https://shop.example:8443/main.js:1:88120', 'https://shop.example:8443/main.js', 1],
  ['https://shop.example:8443/main.js', 'https://shop.example:8443/main.js', 0],
  ['<anonymous>', '<anonymous>', 0],
  [':5', ':5', 0],
  ['', '', 0],
]
test('line and column are taken off the end of a location and nothing else is', () => {
  for (const [location, file, line] of POSITIONS) {
    assert.deepEqual(splitPosition(location), { file, line }, location)
    assert.equal(hasPosition(location), line > 0, location)
  }
})
