import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorOf, placeOf } from './error-text.ts'

const ERRORS: readonly (readonly [string, string | undefined, string])[] = [
  ['TypeError: x is not a function', 'TypeError', 'x is not a function'],
  ['AssertionError [ERR_ASSERTION]: a\n\nb\n    at f (a.ts:1:2)', 'AssertionError', 'a\n\nb'],
  ['java.lang.IllegalStateException: again', 'java.lang.IllegalStateException', 'again'],
  [
    'java.lang.NullPointerException\n\tat com.acme.A.b(A.java:1)',
    'java.lang.NullPointerException',
    'java.lang.NullPointerException',
  ],
  ['Uncaught RangeError: y', 'RangeError', 'y'],
  ['expected Error: in the middle', undefined, 'expected Error: in the middle'],
  ['\u001b[31mError: red\u001b[39m', 'Error', 'red'],
  [`Error: ${'x'.repeat(600)}`, 'Error', 'x'.repeat(600)],
  ['', undefined, 'failed'],
]
for (const [text, type, message] of ERRORS) {
  test(`the type and the message of an error: ${text.slice(0, 40) || 'nothing'}`, () => {
    const read = errorOf(text)
    assert.deepEqual([read.error_type, read.error_message], [type, message])
  })
}

const FRAMES: readonly (readonly [string, string | undefined, number | undefined])[] = [
  ['    at f (/app/src/a.ts:10:5)', '/app/src/a.ts', 10],
  ['    at /app/a.test.ts:4:3', '/app/a.test.ts', 4],
  ['    at async file:///app/my%20a.mjs:1:7', '/app/my a.mjs', 1],
  ['    at page (/app/(shop)/page.tsx:3:1)', '/app/(shop)/page.tsx', 3],
  ['    at f (C:\\app\\a.ts:2:1)', 'C:\\app\\a.ts', 2],
  ['    at f (file:///C:/app/a.ts:2:1)', 'C:/app/a.ts', 2],
  ['\tat com.acme.Cart.total(Cart.java:8)', 'Cart.java', 8],
  ['\tat org.junit.Assert.fail(Assert.java:89)', undefined, undefined],
  ['    at Module._compile (node:internal/modules/cjs/loader:1:1)', undefined, undefined],
  ['    at x (/app/node_modules/y/z.js:1:1)', undefined, undefined],
  ['    at async Promise.all (index 0)', undefined, undefined],
  ['the time is 10:30', undefined, undefined],
]
for (const [frame, file, line] of FRAMES) {
  test(`the place of a frame: ${frame.trim()}`, () => {
    const { file_path, line_number } = placeOf(`Error: x\n${frame}`)
    assert.deepEqual([file_path, line_number], [file, line])
  })
}
