import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseReport } from './index.ts'

const countsOf = (text: string) => {
  const { tests, isIncomplete = false, format, faults } = parseReport(text)
  return { ...tests, durationMs: undefined, isIncomplete, format, faults: faults.join('; ') }
}

test('a program of Rust that ends without a result is a failure, and the run is incomplete', () => {
  const text = `     Running unittests src/lib.rs (target/debug/deps/cart-1)

running 2 tests
test adds_up ... ok
error: test failed, to rerun pass \`--lib\`

Caused by:
  process didn't exit successfully: \`cart-1\` (signal: 11, SIGSEGV: invalid memory reference)
     Running tests/api.rs (target/debug/deps/api-1)

running 1 test
test answers ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`
  assert.partialDeepStrictEqual(countsOf(text), { passed: 2, failed: 1, isIncomplete: true, format: 'cargo-test' })
})

test('what tests of Rust print between their names and their verdicts changes nothing', () => {
  const text = `
running 3 tests
test a ... asking for the card
ok
test b ... \u001b[31mFAILED\u001b[0m
test c - should panic ... ok

failures:

---- b stdout ----
thread 'b' panicked at 'gone', src/b.rs:3:5
note: run with \`RUST_BACKTRACE=1\`

failures:
    b

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
`
  assert.partialDeepStrictEqual(countsOf(text), { passed: 2, failed: 1, skipped: 0, isIncomplete: false, faults: '' })
  assert.partialDeepStrictEqual(parseReport(text).failures[0], {
    test_name: 'b',
    error_type: 'panic',
    error_message: 'gone',
    file_path: 'src/b.rs',
    line_number: 3,
  })
})

test('libtest’s JSON that is cut off has the tests that were running as failures', () => {
  const text = `{ "type": "suite", "event": "started", "test_count": 2 }
{ "type": "test", "event": "started", "name": "a" }
{ "type": "test", "name": "a", "event": "ok" }
{ "type": "test", "event": "started", "name": "b" }
`
  assert.partialDeepStrictEqual(countsOf(text), { passed: 1, failed: 1, isIncomplete: true, format: 'libtest' })
})

test('go test’s text: packages without tests are none, cached ones count, and what is cut off is told', () => {
  assert.partialDeepStrictEqual(countsOf('ok  \tshop/cart\t(cached)\n?   \tshop/none\t[no test files]\n'), {
    passed: 1,
    failed: 0,
    skipped: 0,
    format: 'go-test',
    isIncomplete: false,
  })
  const cut = '=== RUN   TestA\n--- PASS: TestA (0.00s)\nok  \tshop/a\t0.1s\n=== RUN   TestB\n    b_test.go:3: waits\n'
  assert.partialDeepStrictEqual(countsOf(cut), { passed: 1, failed: 1, isIncomplete: true })
  const late =
    'panic: test timed out after 1s\n\trunning tests:\n\t\tTestSlow (1s)\n\ngoroutine 1 [running]:\nFAIL\tshop/slow\t1.0s\nFAIL\n'
  assert.partialDeepStrictEqual(countsOf(late), { passed: 0, failed: 1 })
  assert.match(parseReport(late).failures[0]!.error_message, /test timed out after 1s/)
})

test('text that only quotes these tools is none of theirs', () => {
  for (const text of ['it says ok  \tshop/cart', 'running 2 tests', 'test a ... maybe\n', 'FAIL\n'])
    assert.equal(parseReport(text).format, undefined, text)
})
