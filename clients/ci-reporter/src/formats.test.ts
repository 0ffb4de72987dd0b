import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { detectFormat, FORMATS, parseReport } from './formats/index.ts'
import { type Parsed, ReportFault } from './parsed.ts'
import { parseXml } from './xml.ts'

const BIN = path.resolve(import.meta.dirname, '../../../node_modules/.bin')
const SUITE = `import { describe, it, test } from 'node:test'
import assert from 'node:assert/strict'
describe('cart', () => {
  it('adds <up> & more', () => assert.equal(1, 2))
  it('works', () => {})
  it.skip('later', () => {})
  it('someday', { todo: true }, () => {})
})
test('throws', () => { throw new TypeError('x is not a function') })
test('throws a text', () => { throw 'just text' })
`

function runNodeTest(reporter: string): string {
  const folder = temporaryFolder('ci-reporter')
  const file = path.join(folder, 'cart.test.mjs')
  writeFileSync(file, SUITE)
  const { stdout, status } = spawnSync(process.execPath, ['--test', `--test-reporter=${reporter}`, file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  assert.equal(status, 1)
  return stdout
}

for (const [format, reporter] of [
  ['junit', 'junit'],
  ['node-test', path.join(import.meta.dirname, 'node-test.ts')],
] as const) {
  test(`what node:test writes now as ${format} is read: counts, names, suites, errors with type, message, stack and place`, () => {
    const text = runNodeTest(reporter)
    assert.equal(detectFormat(text), format)
    const { tests, failures } = parseReport(text)
    assert.deepEqual({ ...tests, durationMs: 0 }, { passed: 1, failed: 3, skipped: 2, durationMs: 0 })
    const [equal, throws, other] = failures
    assert.partialDeepStrictEqual(equal, {
      test_name: 'adds <up> & more',
      suite_name: 'cart',
      error_type: 'AssertionError',
      line_number: 4,
      outcome: 'failed',
    })
    assert.match(equal!.error_message, /^Expected values to be strictly equal:\n\n1 !== 2/)
    assert.match(equal!.error_stack!, /\n {4}at .*cart\.test\.mjs:4:/)
    assert.partialDeepStrictEqual(throws, {
      test_name: 'throws',
      error_type: 'TypeError',
      error_message: 'x is not a function',
      line_number: 9,
    })
    assert.match(throws!.file_path!, /cart\.test\.mjs$/)
    assert.match(throws!.error_stack!, /^TypeError: x is not a function\n {4}at /)
    assert.match(other!.error_message, /just text/)
  })
}

test('what tsc and biome write now is read', () => {
  const folder = temporaryFolder('ci-reporter')
  writeFileSync(
    path.join(folder, 'a.ts'),
    `const a: number = 'x'\nexport function f(): { a: number } { return { a: { b: 1 } } }\n`,
  )
  const tsc = spawnSync(path.join(BIN, 'tsc'), ['--ignoreConfig', '--noEmit', '--strict', 'a.ts'], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(detectFormat(tsc.stdout), 'tsc')
  assert.deepEqual(parseReport(tsc.stdout).lint, [
    {
      tool: 'tsc',
      rule: 'TS2322',
      severity: 'error',
      message: "Type 'string' is not assignable to type 'number'.",
      file_path: 'a.ts',
      line_number: 1,
      column_number: 7,
    },
    {
      tool: 'tsc',
      rule: 'TS2322',
      severity: 'error',
      message: "Type '{ b: number; }' is not assignable to type 'number'.",
      file_path: 'a.ts',
      line_number: 2,
      column_number: 47,
    },
  ])
  writeFileSync(path.join(folder, 'b.ts'), `export function f(a: number) { if (a == 2) { debugger } }\n`)
  const biome = spawnSync(path.join(BIN, 'biome'), ['lint', '--reporter=json', 'b.ts'], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(detectFormat(biome.stdout), 'biome')
  assert.partialDeepStrictEqual(parseReport(biome.stdout).lint, [
    {
      tool: 'biome',
      rule: 'lint/suspicious/noDoubleEquals',
      severity: 'error',
      file_path: 'b.ts',
      line_number: 1,
      column_number: 38,
    },
    { tool: 'biome', rule: 'lint/suspicious/noDebugger', severity: 'error', file_path: 'b.ts', line_number: 1 },
  ])
})

const STACK = 'TypeError: x is not a function\n    at total (/repo/src/cart.ts:10:5)\n    at /repo/cart.test.ts:4:3'
const VITEST = {
  numTotalTests: 5,
  startTime: 1_000,
  testResults: [
    {
      name: '/repo/cart.test.ts',
      status: 'failed',
      endTime: 3_500,
      assertionResults: [
        {
          ancestorTitles: ['cart', 'sum'],
          title: 'adds',
          fullName: 'cart sum adds',
          status: 'failed',
          failureMessages: [`\u001b[31m${STACK}\u001b[39m`],
          location: { line: 3, column: 1 },
        },
        {
          ancestorTitles: [],
          title: 'flaky',
          fullName: 'flaky',
          status: 'passed',
          failureMessages: ['Error: too early'],
        },
        { ancestorTitles: [], title: 'fine', fullName: 'fine', status: 'passed', failureMessages: [] },
        { ancestorTitles: [], title: 'later', fullName: 'later', status: 'todo', failureMessages: [] },
      ],
    },
    { name: '/repo/broken.test.ts', status: 'failed', message: 'SyntaxError: Unexpected token', assertionResults: [] },
  ],
}
const JEST = {
  startTime: 1_000,
  testResults: [
    {
      name: '/repo/a.test.js',
      status: 'passed',
      endTime: 1_200,
      assertionResults: [
        {
          title: 'flaky',
          fullName: 'flaky',
          status: 'passed',
          invocations: 2,
          retryReasons: [STACK],
          failureMessages: [],
        },
      ],
    },
  ],
}
const SUREFIRE = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="com.acme.CartTest" time="1,234.5" tests="3">
  <properties><property name="java.version" value="21"/></properties>
  <testcase name="adds" classname="com.acme.CartTest" time="0.1">
    <failure message="expected: &lt;1&gt; but was: &lt;2&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: expected: <1> but was: <2>
	at com.acme.CartTest.adds(CartTest.java:17)
]]></failure>
    <rerunFailure message="again" type="java.lang.IllegalStateException"><stackTrace>java.lang.IllegalStateException: again
	at com.acme.Cart.total(Cart.java:8)</stackTrace></rerunFailure>
  </testcase>
  <testcase name="flaky" classname="com.acme.CartTest" time="0.1">
    <flakyFailure message="too early" type="java.lang.AssertionError"><stackTrace>java.lang.AssertionError: too early
	at com.acme.CartTest.flaky(CartTest.java:20)</stackTrace></flakyFailure>
  </testcase>
  <testcase name="later" classname="com.acme.CartTest"><skipped/></testcase>
</testsuite>`
const PYTEST_JUNIT = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="1" failures="1" tests="2" time="0.05"><testcase classname="tests.test_cart.TestCart" name="test_total" time="0.001"><failure message="ValueError: no price">def test_total(self):
&gt;       total(None)
tests/test_cart.py:7: ValueError</failure></testcase><testcase classname="" name="tests.test_broken" time="0.000"><error message="collection failure">ImportError: no module</error></testcase></testsuite></testsuites>`
const PYTEST_JSON = {
  duration: 1.25,
  tests: [
    {
      nodeid: 'tests/test_cart.py::TestCart::test_total',
      lineno: 3,
      outcome: 'failed',
      call: {
        outcome: 'failed',
        crash: { path: '/repo/shop/cart.py', lineno: 41, message: 'ValueError: no price' },
        longrepr: 'def test_total():\n>   total()\nE   ValueError: no price',
      },
    },
    {
      nodeid: 'tests/test_cart.py::test_flaky',
      outcome: 'rerun',
      call: { outcome: 'failed', crash: { path: '/repo/t.py', lineno: 2, message: 'AssertionError' } },
    },
    { nodeid: 'tests/test_cart.py::test_flaky', outcome: 'passed' },
    { nodeid: 'tests/test_cart.py::test_x', outcome: 'skipped' },
    {
      nodeid: 'tests/test_cart.py::test_setup',
      outcome: 'error',
      setup: { outcome: 'failed', longrepr: 'fixture missing' },
    },
  ],
  collectors: [{ nodeid: 'tests/test_broken.py', outcome: 'failed', longrepr: 'ImportError: no module named x' }],
}
const ESLINT = [
  {
    filePath: '/repo/src/a.ts',
    messages: [
      { ruleId: 'no-unused-vars', severity: 2, message: 'unused', line: 3, column: 7 },
      { ruleId: null, fatal: true, severity: 2, message: 'Parsing error', line: 9 },
    ],
  },
  {
    filePath: '/repo/src/b.ts',
    messages: [{ ruleId: 'semi', severity: 1, message: 'no semicolon', line: 1, column: 2 }],
  },
]
const GO = `<testsuites><testsuite name="acme/cart" time="0.2"><testcase classname="acme/cart" name="TestAdd" time="0.1"><failure message="Failed" type="">=== RUN   TestAdd
    cart_test.go:9: got 2, want 1
--- FAIL: TestAdd (0.00s)
</failure></testcase></testsuite></testsuites>`

const CASES: readonly (readonly [string, unknown, Parsed['tests'], readonly object[]])[] = [
  [
    'vitest',
    VITEST,
    { passed: 2, failed: 2, skipped: 1, durationMs: 2_500 },
    [
      {
        test_name: 'cart sum adds',
        suite_name: 'cart > sum',
        test_file: '/repo/cart.test.ts',
        error_type: 'TypeError',
        error_message: 'x is not a function',
        error_stack: STACK,
        file_path: '/repo/src/cart.ts',
        line_number: 10,
        outcome: 'failed',
      },
      { test_name: 'flaky', error_type: 'Error', error_message: 'too early', attempt: 1, outcome: 'passed_on_retry' },
      {
        test_name: '/repo/broken.test.ts',
        error_type: 'SyntaxError',
        error_message: 'Unexpected token',
        outcome: 'failed',
      },
    ],
  ],
  [
    'jest',
    JEST,
    { passed: 1, failed: 0, skipped: 0, durationMs: 200 },
    [{ test_name: 'flaky', outcome: 'passed_on_retry', error_message: 'x is not a function' }],
  ],
  [
    'junit of surefire',
    SUREFIRE,
    { passed: 1, failed: 1, skipped: 1, durationMs: 1_234_500 },
    [
      {
        test_name: 'adds',
        suite_name: 'com.acme.CartTest',
        error_type: 'org.opentest4j.AssertionFailedError',
        error_message: 'expected: <1> but was: <2>',
        attempt: 1,
        outcome: 'failed',
      },
      {
        test_name: 'adds',
        error_type: 'java.lang.IllegalStateException',
        error_message: 'again',
        attempt: 2,
        outcome: 'failed',
      },
      {
        test_name: 'flaky',
        error_type: 'java.lang.AssertionError',
        error_message: 'too early',
        attempt: 1,
        outcome: 'passed_on_retry',
      },
    ],
  ],
  [
    'junit of pytest',
    PYTEST_JUNIT,
    { passed: 0, failed: 2, skipped: 0, durationMs: 1 },
    [
      { test_name: 'test_total', suite_name: 'pytest', error_type: 'ValueError', error_message: 'no price' },
      { test_name: 'tests.test_broken', error_type: 'ImportError' },
    ],
  ],
  [
    'junit of gotestsum',
    GO,
    { passed: 0, failed: 1, skipped: 0, durationMs: 100 },
    [{ test_name: 'TestAdd', suite_name: 'acme/cart', error_message: 'Failed' }],
  ],
  [
    'pytest',
    PYTEST_JSON,
    { passed: 1, failed: 3, skipped: 1, durationMs: 1_250 },
    [
      {
        test_name: 'TestCart::test_total',
        suite_name: 'TestCart',
        test_file: 'tests/test_cart.py',
        error_type: 'ValueError',
        error_message: 'no price',
        file_path: '/repo/shop/cart.py',
        line_number: 41,
        outcome: 'failed',
      },
      { test_name: 'test_flaky', attempt: 1, outcome: 'passed_on_retry' },
      { test_name: 'test_setup', error_message: 'fixture missing' },
      { test_name: 'tests/test_broken.py', error_type: 'ImportError' },
    ],
  ],
]
for (const [name, report, tests, failures] of CASES) {
  test(`a report of ${name}`, () => {
    const parsed = parseReport(typeof report === 'string' ? report : JSON.stringify(report))
    assert.deepEqual(parsed.tests, tests)
    assert.equal(parsed.failures.length, failures.length)
    assert.partialDeepStrictEqual(parsed.failures, failures)
  })
}

test('a report of eslint', () => {
  assert.partialDeepStrictEqual(parseReport(JSON.stringify(ESLINT)).lint, [
    {
      tool: 'eslint',
      rule: 'no-unused-vars',
      severity: 'error',
      message: 'unused',
      file_path: '/repo/src/a.ts',
      line_number: 3,
      column_number: 7,
    },
    { rule: 'parse-error', severity: 'error', message: 'Parsing error', line_number: 9 },
    { rule: 'semi', severity: 'warning', file_path: '/repo/src/b.ts' },
  ])
})

test('what is no report is a fault that says so', () => {
  for (const text of [
    '',
    'all good',
    '{}',
    '<html></html>',
    '<testsuite><testcase></testsuite>',
    '{"testResults":',
    '<!DOCTYPE a [<!ENTITY b "c">]><testsuites/>',
  ]) {
    assert.throws(() => parseReport(text), ReportFault, text)
  }
})

test('any text is read or refused, by every format, without another exception', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .array(fc.constantFrom('<testsuite>', '</testsuite>', '<a b="c"/>', '&#0;', '<![CDATA[', ']]>', '<', 'x', '&lt;'))
      .map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(text, fc.constantFrom(...FORMATS), (input, format) => {
      try {
        parseReport(input, format)
      } catch (error) {
        assert.ok(error instanceof ReportFault, String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('XML that is made of elements, attributes and texts is read back as it was', () => {
  const escaped = (value: string) =>
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  fc.assert(
    fc.property(fc.string(), fc.string(), (attribute, body) => {
      const root = parseXml(
        `<?xml version="1.0"?><!-- x --><a b="${escaped(attribute)}"><c>${escaped(body)}</c><d/></a>`,
      )
      assert.deepEqual(root, {
        name: 'a',
        attributes: { b: attribute },
        text: '',
        children: [
          { name: 'c', attributes: {}, children: [], text: body },
          { name: 'd', attributes: {}, children: [], text: '' },
        ],
      })
    }),
  )
})
