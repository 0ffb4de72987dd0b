import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf } from '../payloads.ts'
import { parseReport } from './index.ts'

// Kinds of reports that look better than they are: passed, failed, skipped, and how many failures are told.
type Sums = readonly [number, number, number, number]
const suite = (attributes: string, body = '') => `<testsuite name="s" ${attributes}>${body}</testsuite>`
const json = (value: unknown) => JSON.stringify(value)
const mocha = (failures: readonly object[]) =>
  json({
    stats: { passes: 1, failures: failures.length },
    tests: [{ fullTitle: 'a', err: {} }],
    passes: [{}],
    failures,
  })

const KINDS: readonly (readonly [string, string, Sums])[] = [
  ['failures that only the counters have', suite('tests="24" failures="5" errors="1" skipped="3"'), [15, 6, 3, 1]],
  [
    'an error beside tests that passed',
    suite('tests="2" errors="1"', '<testcase name="a"/><testcase name="b"/>'),
    [1, 1, 0, 1],
  ],
  [
    'an error of the suite itself',
    suite('tests="1" errors="1"', '<testcase name="a"/><error message="m"/>'),
    [1, 1, 0, 1],
  ],
  [
    'a suite that was skipped',
    suite('tests="2" skipped="2"', '<testcase name="a"/><testcase name="b"/>'),
    [0, 0, 2, 0],
  ],
  ['a suite with an element that says so', suite('tests="1"', '<skipped/><testcase name="a"/>'), [0, 0, 1, 0]],
  [
    'a test that did not run',
    suite('tests="2"', '<testcase name="a" status="notrun"/><testcase name="b" result="suppressed"/>'),
    [0, 0, 2, 0],
  ],
  ['a status without an element', suite('tests="1"', '<testcase name="a" status="failed"/>'), [0, 1, 0, 1]],
  ['a warning of PHPUnit', suite('tests="1"', '<testcase name="a"><warning>w</warning></testcase>'), [0, 1, 0, 1]],
  [
    'two failures of one test',
    suite('tests="1" failures="1"', '<testcase name="a"><failure message="1"/><failure message="2"/></testcase>'),
    [0, 1, 0, 2],
  ],
  [
    'a suite within that has more than the one around',
    suite('tests="2" failures="0"', suite('tests="1" failures="1"')),
    [1, 1, 0, 1],
  ],
  [
    'a report that is cut off in a failure',
    '<testsuite><testcase name="a"/><testcase name="b"><failure>why',
    [1, 1, 0, 1],
  ],
  ['a hook of mocha', mocha([{ fullTitle: '"before all" hook', err: { message: 'no db' } }]), [1, 1, 0, 1]],
  [
    'a run of vitest that failed outside of its tests',
    json({ success: false, testResults: [{ assertionResults: [{ fullName: 'a', status: 'passed' }] }] }),
    [1, 1, 0, 1],
  ],
  [
    'a pytest that broke',
    json({ exitcode: 3, summary: {}, tests: [{ nodeid: 'a.py::a', outcome: 'passed' }] }),
    [1, 1, 0, 1],
  ],
  [
    'errors of Playwright outside of tests',
    json({ suites: [], errors: [{ message: 'no' }], stats: { expected: 0, unexpected: 0 } }),
    [0, 1, 0, 1],
  ],
  [
    'a test of Go that never ended',
    '{"Action":"run","Package":"p","Test":"T"}\n{"Action":"pass","Package":"p","Test":"U"}',
    [1, 1, 0, 1],
  ],
  [
    'a package of Go that does not build',
    '{"Action":"output","Package":"p","Output":"FAIL p [build failed]\\n"}\n{"Action":"fail","Package":"p"}',
    [0, 1, 0, 1],
  ],
  [
    'a .trx whose host crashed',
    '<TestRun><ResultSummary outcome="Failed"><Counters total="0" failed="0"/><RunInfos><RunInfo outcome="Error"><Text>crash</Text></RunInfo></RunInfos></ResultSummary></TestRun>',
    [0, 1, 0, 1],
  ],
  [
    'an NUnit fixture whose set-up threw',
    '<test-run result="Failed" total="0" failed="0"><test-suite name="F" result="Failed" site="SetUp"><failure><message>no</message></failure></test-suite></test-run>',
    [0, 1, 0, 1],
  ],
  [
    'a configuration method of TestNG',
    '<testng-results total="1" passed="1" failed="0" skipped="0"><class name="C"><test-method name="a" status="PASS"/><test-method is-config="true" name="b" status="FAIL"/></class></testng-results>',
    [1, 1, 0, 1],
  ],
  [
    'a step of cucumber without a definition',
    json([
      {
        uri: 'a',
        keyword: 'Feature',
        elements: [{ type: 'scenario', name: 'x', steps: [{ result: { status: 'undefined' } }] }],
      },
    ]),
    [0, 1, 0, 1],
  ],
  ['a plan of TAP that was not kept', '1..3\nok 1 a\nok 2 b\n', [2, 1, 0, 1]],
  [
    'a target of bazel that does not build',
    '//a:t  FAILED TO BUILD\n//b:t  PASSED in 0.1s\n\nExecuted 1 out of 2 tests: 1 test passes and 1 fails to build.\n',
    [1, 1, 0, 1],
  ],
]
for (const [name, text, [passed, failed, skipped, rows]] of KINDS) {
  test(`counted as a person would, and not better: ${name}`, () => {
    const parsed = parseReport(text)
    assert.deepEqual(
      { ...parsed.tests, durationMs: 0 },
      { passed, failed, skipped, durationMs: 0 },
      parsed.faults.join(),
    )
    assert.equal(parsed.failures.length, rows)
  })
}

test('of two failures of Go that are told in a line each there are two messages, and a place', () => {
  const failing = (name: string, line: string) =>
    `<testcase name="${name}"><failure message="Failed">    ${line}</failure></testcase>`
  const { failures } = parseReport(
    suite('', failing('a', 'a_test.go:4: got 1, want 2') + failing('b', 'b_test.go:8: no cart')),
  )
  assert.deepEqual(
    failures.map(one => [one.error_message, one.file_path, one.line_number]),
    [
      ['got 1, want 2', 'a_test.go', 4],
      ['no cart', 'b_test.go', 8],
    ],
  )
})

test('a line below a message is kept with it', () => {
  const { failures } = parseReport(suite('', '<testcase name="a"><failure message="first">one</failure></testcase>'))
  assert.equal(failures[0]!.error_message, 'first\none')
})

test('a test of which a report says nothing did not pass', () => {
  const silent = [
    '<TestRun><Results><UnitTestResult testName="a"/></Results></TestRun>',
    '<test-run><test-case name="a"/></test-run>',
    '<assemblies><assembly><test name="a"/></assembly></assemblies>',
    '<testng-results><class name="C"><test-method name="a"/></class></testng-results>',
    '<robot><suite name="s"><test name="a"><status/></test></suite></robot>',
    json({ suites: [{ specs: [{ title: 'a', tests: [{ status: 'odd' }] }] }], stats: { expected: 0, unexpected: 0 } }),
  ]
  for (const text of silent) assert.equal(parseReport(text).tests?.failed, 1, text)
})

test('a linter that says that it found nothing found nothing; a text that says nothing is refused', () => {
  for (const text of ['All checks passed!\n', '0 issues.\n', 'Success: no issues found in 3 source files\n']) {
    const { format, lint, faults } = parseReport(text)
    assert.deepEqual([format, lint, faults], ['lint-text', [], []])
  }
})

const FOREIGN = [
  json({ error: 'out of memory' }),
  json({ tests: [{ title: 'a' }], failures: [] }),
  json({ summary: { passed: 1 } }),
  json([]),
  json([{ Description: 'a key', RuleID: 'aws' }]),
  '<pmd/>',
  '<html><body>502</body></html>',
  'ok, all good',
  'null',
  'src/a.ts(1,1): error TS1: x\n//a:t PASSED in 0.1s\n',
]
for (const text of FOREIGN) {
  test(`of no format, or of two, a report is refused: ${text.slice(0, 50)}`, () => {
    const { format, tests, faults } = parseReport(text)
    assert.deepEqual([format, tests, faults.length], [undefined, undefined, 1])
  })
}

test('an empty list is of the tool in the file’s name, and else of nobody', () => {
  assert.equal(parseReport('[]', { fileName: 'out/ruff.json' }).format, 'ruff')
  assert.match(parseReport('[]', { fileName: 'out/report.json' }).faults.join(), /--format/)
})

test('a difference to what the report counts is told, with both figures; a report with fewer than it counts is incomplete', () => {
  const more = parseReport(suite('tests="3" failures="0"', '<testcase name="a"/>'))
  assert.match(more.faults.join(), /counts 3 tests and has 1/)
  assert.equal(outcomeOf([more]), 'incomplete')
  const less = parseReport(suite('tests="1" failures="0"', '<testcase name="a"><failure/></testcase>'))
  assert.match(less.faults.join(), /counts 0 failed and has 1/)
  assert.equal(outcomeOf([less]), 'failed')
  assert.equal(outcomeOf([parseReport('<testsuites/>')]), 'incomplete')
  assert.equal(outcomeOf([parseReport(suite('tests="1"', '<testcase name="a"/>'))]), 'passed')
})
