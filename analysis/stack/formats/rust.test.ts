import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRust } from './rust.ts'

const PANICS: readonly [header: string, type: string, message: string][] = [
  [
    "thread 'main' panicked at src/a.rs:2:5:\nindex out of bounds: the len is 3 but the index is 5",
    'panic: index out of bounds',
    'index out of bounds: the len is 3 but the index is 5',
  ],
  ["thread 'w-1' (157) panicked at src/a.rs:2:5:\nboom", 'panic', 'boom'],
  [
    "thread 'main' panicked at 'called `Option::unwrap()` on a `None` value', src/a.rs:2:5",
    'panic: unwrap of None',
    'called `Option::unwrap()` on a `None` value',
  ],
  ["thread '<unnamed>' panicked at 'it''s, gone', src/a.rs:2:5", 'panic', "it''s, gone"],
]
test('a panic’s message is read from either form of its header', () => {
  for (const [header, type, message] of PANICS) {
    const error = parseRust([...header.split('\n'), 'stack backtrace:', '   0: a::b'])
    assert.deepEqual([error?.type, error?.message], [type, message], header)
  }
})

test('frames have their symbol and, where there is debug information, their place', () => {
  const error = parseRust(
    `stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b3/library/std/src/panicking.rs:665:5
   1: shop::cart::Cart::total
   2:     0x556fd9bc1000 - <shop[77aa]::Cart as core::fmt::Display>::fmt
                               at ./src/cart.rs:41:9
note: Some details are omitted`.split('\n'),
  )
  assert.deepEqual(
    error?.frames.map(frame => `${frame.name} ${frame.file}:${frame.line}`),
    [
      'rust_begin_unwind /rustc/90b3/library/std/src/panicking.rs:665',
      'shop::cart::Cart::total :0',
      '<shop[77aa]::Cart as core::fmt::Display>::fmt ./src/cart.rs:41',
    ],
  )
})

test('without a backtrace the panic’s place is the only frame', () => {
  const error = parseRust(["thread 'main' panicked at src/a.rs:2:5:", 'boom', 'note: run with `RUST_BACKTRACE=1`'])
  assert.deepEqual(error?.frames, [{ owner: '', name: '', file: 'src/a.rs', line: 2 }])
})

test('the thread that waited for the one that panicked is another story', () => {
  const lines = [
    "thread 'w' panicked at src/a.rs:2:5:",
    'boom',
    'stack backtrace:',
    '   0: a::b',
    "thread 'main' panicked at src/m.rs:9:9:",
    'Any',
    'stack backtrace:',
    '   0: m::main',
  ]
  assert.deepEqual(
    parseRust(lines)?.frames.map(frame => frame.name),
    ['a::b'],
  )
})

test('numbered causes of a report are no frames', () => {
  const error = parseRust([
    'Error: top',
    '',
    'Caused by:',
    '    0: middle',
    '    1: root',
    '',
    'Stack backtrace:',
    '   0: agent::read',
  ])
  assert.deepEqual([error?.type, error?.frames.map(frame => frame.name)], ['Error', ['agent::read']])
})
