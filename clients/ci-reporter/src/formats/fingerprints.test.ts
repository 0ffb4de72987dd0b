import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { errorFingerprint } from '../../../../analysis/stack/error-fingerprint.ts'
import type { TestFailure } from '../parsed.ts'
import { parseReport } from './index.ts'

const CASES = path.join(import.meta.dirname, 'testcases')

function failuresOf(file: string): readonly TestFailure[] {
  return parseReport(readFileSync(path.join(CASES, file), 'utf8')).failures
}

function fingerprintOf({
  error_type = '',
  error_message,
  error_stack = '',
}: Omit<TestFailure, 'test_name' | 'outcome'>) {
  const report = { type: error_type, message: error_message, stack: error_stack }
  return errorFingerprint(report, message => message).fingerprint
}

/** What the application itself logs of the two errors. */
const IN_PRODUCTION: readonly (readonly [string, string])[] = [
  [
    'test_total',
    `Traceback (most recent call last):
  File "/srv/main.py", line 7, in main
    Cart().total([{}])
  File "/srv/app/cart.py", line 8, in total
    return sum(self.price(item) for item in items)
  File "/srv/app/cart.py", line 8, in <genexpr>
    return sum(self.price(item) for item in items)
  File "/srv/app/cart.py", line 4, in price
    return item['price']
KeyError: 'price'`,
  ],
  [
    'test_checkout',
    `Traceback (most recent call last):
  File "/srv/app/cart.py", line 12, in checkout
    return cart.total(items)
  File "/srv/app/cart.py", line 3, in price
    return item['price']
KeyError: 'price'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/main.py", line 9, in main
    checkout([{}])
  File "/srv/app/cart.py", line 14, in checkout
    raise ValueError('no price') from error
ValueError: no price`,
  ],
]

for (const report of ['pytest-chain/report.json', 'pytest-chain-junit/report.xml']) {
  test(`a failing test is of the same problem as the error in production, and no two errors are one: ${report}`, () => {
    const failures = failuresOf(report)
    for (const [name, stack] of IN_PRODUCTION) {
      const [error_type, message] = stack.slice(stack.lastIndexOf('\n') + 1).split(': ') as [string, string]
      const inTest = failures.find(one => one.test_name === name)!
      assert.equal(
        fingerprintOf(inTest),
        fingerprintOf({ error_type, error_message: message, error_stack: stack }),
        name,
      )
    }
    assert.equal(new Set(failures.map(fingerprintOf)).size, failures.length)
  })
}

test('the JUnit of vitest has the problem that its JSON has', () => {
  const stack = `TypeError: Cannot read properties of undefined (reading 'map')
    at price (/home/ci/shop/src/cart.mjs:2:21)
    at /home/ci/shop/vt/cart.test.js:5:35
    at file:///home/ci/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35`
  const inXml = failuresOf('vitest-junit/report.xml').find(one => one.test_name === 'cart throws on nothing')!
  const error_message = "Cannot read properties of undefined (reading 'map')"
  assert.equal(fingerprintOf(inXml), fingerprintOf({ error_type: 'TypeError', error_message, error_stack: stack }))
  assert.partialDeepStrictEqual(inXml, { test_file: 'vt/cart.test.js', file_path: 'src/cart.mjs', line_number: 2 })
})
