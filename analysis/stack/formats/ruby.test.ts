import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRuby, readFrame } from './ruby.ts'

const FRAMES: readonly [line: string, name: string, file: string, line_: number, rest: string][] = [
  ["app/cart.rb:12:in `total'", 'total', 'app/cart.rb', 12, ''],
  ["app/cart.rb:12:in 'Cart#total'", 'Cart#total', 'app/cart.rb', 12, ''],
  ["from app/cart.rb:12:in 'block (2 levels) in Cart.all'", 'block (2 levels) in Cart.all', 'app/cart.rb', 12, ''],
  ["C:/shop/cart.rb:12:in `total': gone (RuntimeError)", 'total', 'C:/shop/cart.rb', 12, 'gone (RuntimeError)'],
  ["<internal:kernel>:187:in 'loop'", 'loop', '<internal:kernel>', 187, ''],
  ['from bin/rails:4', '', 'bin/rails', 4, ''],
  ['app/cart.rb:12', '', 'app/cart.rb', 12, ''],
]
test('a Ruby frame has its label, file and line, and on the first line the message', () => {
  for (const [line, name, file, at, rest] of FRAMES) {
    assert.deepEqual(readFrame(line), { owner: '', name, file, line: at, rest }, line)
  }
})

test('other lines are no frames', () => {
  for (const line of ['localhost:3000', "undefined method 'x' for nil", "in 'total'", '12:30', '']) {
    assert.equal(readFrame(line), undefined, line)
  }
})

test('the first line names the error, later ones with a message its causes', () => {
  const error = parseRuby(
    `a.rb:1:in 'A#a': outer
second line (Outer)
	from a.rb:9:in '<main>'
b.rb:2:in 'B#b': inner (Inner::Gone)
	from a.rb:1:in 'A#a'`.split('\n'),
  )
  assert.deepEqual(
    [error?.type, error?.frames.length, error?.cause?.type, error?.cause?.frames.length],
    ['', 2, 'Inner::Gone', 2],
  )
})

test('a trace printed upside down is turned round', () => {
  const lines = [
    'Traceback (most recent call last):',
    "\t2: from c.rb:3:in `c'",
    "\t1: from b.rb:2:in `b'",
    "a.rb:1:in `a': gone (Gone)",
  ]
  const error = parseRuby(lines)
  assert.deepEqual([error?.type, error?.frames.map(frame => frame.name).join(' ')], ['Gone', 'a b c'])
})

test('Rails names the error on a line of its own', () => {
  const error = parseRuby([
    "ActionView::Template::Error (undefined method 'x' for nil):",
    "app/views/a.html.erb:3:in 'show'",
  ])
  assert.deepEqual([error?.type, error?.message], ['ActionView::Template::Error', "undefined method 'x' for nil"])
})
