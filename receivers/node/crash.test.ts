import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Crash, readCrash } from './crash.ts'

const CASES: readonly (readonly [string, readonly string[], Crash | undefined])[] = [
  [
    'the seed’s crash: a code and no error class',
    ['UNCAUGHT: EADDRINUSE 127.0.0.1:9847', 'EXIT code=1'],
    { type: '', message: 'EADDRINUSE 127.0.0.1:9847', stack: '' },
  ],
  [
    'the last of several, with its own stack only',
    [
      'UNCAUGHT: TypeError: old',
      '    at a (/a.js:1:1)',
      'EXIT code=1',
      '2026-11-21T10:00:00.000Z UNHANDLED REJECTION: RangeError: new',
      '    at b (/b.js:2:2)',
      '  [cause]: Error: why',
      '[2026-11-21T10:00:01Z] EXIT code=1',
    ],
    { type: 'RangeError', message: 'new', stack: 'RangeError: new\n    at b (/b.js:2:2)\n  [cause]: Error: why' },
  ],
  [
    'an entry of many lines',
    ['UNCAUGHT: Error: x\n    at f (/a.js:1:2)\r\nEXIT code=1'],
    { type: 'Error', message: 'x', stack: 'Error: x\n    at f (/a.js:1:2)' },
  ],
  [
    'a plain stack without a lead',
    ['starting', 'ValueError: bad', '    at f (/a.js:1:2)'],
    { type: 'ValueError', message: 'bad', stack: 'ValueError: bad\n    at f (/a.js:1:2)' },
  ],
  ['nothing that looks like an error', ['EXIT code=137', 'stopped'], undefined],
  ['nothing at all', [], undefined],
]
for (const [name, entries, crash] of CASES) {
  test(`the error of a crash log: ${name}`, () => assert.deepEqual(readCrash(entries), crash))
}

test('any text is read without an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 })), entries => {
      const crash = readCrash(entries)
      assert.ok(crash === undefined || typeof crash.message === 'string')
    }),
  )
})
