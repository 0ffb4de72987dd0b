import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { FINGERPRINTS, FORMATS, parseReport } from './index.ts'

const faultsOf = (text: string, fileName?: string) => parseReport(text, { fileName }).faults.join()

const UNREADABLE: readonly (readonly [string, RegExp])[] = [
  ['', /is empty/],
  ['all good', /no format that is known.*--format/],
  ['{}', /JSON of no tool/],
  ['<html></html>', /begins with <html>/],
  ['{"testResults":', /is not JSON/],
  ['[{"a":1}]', /JSON of no tool/],
  ['{"exitcode":1,"summary":{"passed":1}}', /without --json-report-summary/],
  ['{"format":"sensorium-node-test"', /line 1 is not of the reporter/],
]
for (const [text, fault] of UNREADABLE) {
  test(`what is no report is a fault that says so: ${text || 'nothing'}`, () => {
    const { tests, failures, lint, format } = parseReport(text)
    assert.match(faultsOf(text), fault)
    assert.deepEqual([tests, failures, lint, format], [undefined, [], [], undefined])
  })
}

test('a report that is not whole says so, and what it has is kept', () => {
  const line = '{"format":"sensorium-node-test","name":"a","outcome":"passed","elapsed_ms":7}\n'
  const torn = parseReport(`${line}{"format":"sens`)
  assert.deepEqual(torn.tests, { passed: 1, failed: 0, skipped: 0, durationMs: 7 })
  assert.match(torn.faults.join(), /1 lines that cannot be read, the first is line 2/)
  assert.match(faultsOf('TAP version 13\nok 1 - a\n'), /no plan/)
  assert.match(faultsOf('TAP version 13\nok 1 - a\n1..3\n'), /announces 3 tests and has 1/)
  assert.match(faultsOf('TAP version 13\nBail out! no disk\n1..0\n'), /gave up: Bail out! no disk/)
  assert.match(faultsOf('{"summary":{"diagnosticsNotPrinted":4},"diagnostics":[]}'), /leaves 4 diagnostics out/)
})

test('the page of the package has the fingerprint of every format', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8')
  for (const [name, fingerprint] of FINGERPRINTS) assert.ok(page.includes(`| \`${name}\` | ${fingerprint} |`), name)
})

test('an empty file is a tsc that found nothing where its name says so', () => {
  assert.deepEqual(parseReport('', { fileName: 'out/tsc.txt' }).lint, [])
  assert.deepEqual(parseReport('', { fileName: 'out/tsc.txt' }).faults, [])
  assert.match(faultsOf('', 'out/vitest.json'), /is empty/)
})

test('a byte order mark changes nothing', () => {
  assert.equal(parseReport('\ufeff{"diagnostics":[]}').format, 'biome')
  assert.equal(parseReport('\ufeff<testsuites/>').format, 'junit')
  assert.equal(parseReport('\ufeff[]', { format: 'eslint' }).faults.length, 0)
})

test('every severity of biome is one that Sensorium takes', () => {
  const severities = ['fatal', 'error', 'warning', 'information', 'hint', 'constructor', null]
  const text = JSON.stringify({ diagnostics: severities.map(severity => ({ severity, message: 'm' })) })
  const expected = ['error', 'error', 'warning', 'info', 'info', 'error', 'error']
  assert.deepEqual(
    parseReport(text).lint.map(one => one.severity),
    expected,
  )
})

test('a finding of biome that has no place has none', () => {
  const location = { path: 'a.ts', start: { line: 0, column: 0 } }
  const { lint } = parseReport(JSON.stringify({ diagnostics: [{ message: 'm', location }] }))
  assert.deepEqual([lint[0]!.line_number, lint[0]!.column_number], [undefined, undefined])
})

test('a hook of a file that failed beside a test is a failure of its own, of vitest', () => {
  const file = { name: '/repo/a.test.ts', status: 'failed', assertionResults: [{ fullName: 'a', status: 'failed' }] }
  const messages: readonly (readonly [string, number])[] = [
    ['', 1],
    ['after all of it broke', 2],
    ['  ● a\n\n    of the test, as jest says it again', 1],
  ]
  for (const [message, count] of messages) {
    const { tests, failures } = parseReport(JSON.stringify({ testResults: [{ ...file, message }] }))
    assert.deepEqual([tests!.failed, failures.length], [count, count], message)
  }
})

test('what a message quotes does not decide on the format', () => {
  const report = {
    tests: [{ nodeid: 'a::b', outcome: 'failed', call: { outcome: 'failed', longrepr: '"testResults"' } }],
  }
  assert.equal(parseReport(JSON.stringify(report)).format, 'pytest')
})

// Real reports, cut and with pieces swapped, reach further than random text.
const CASES = path.join(import.meta.dirname, 'testcases')
const SEEDS = ['junit-surefire/report.xml', 'node-24-tap/report.tap', 'pytest/report.json', 'tsc/report.txt'].map(
  file => readFileSync(path.join(CASES, file), 'utf8'),
)
const mangled = fc
  .tuple(fc.constantFrom(...SEEDS), fc.nat(4_000), fc.nat(400), fc.string({ unit: 'binary', maxLength: 20 }))
  .map(([text, at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length))
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  mangled,
  fc
    .array(fc.constantFrom('<testsuite>', '</testsuite>', '<a b="c"/>', '&#0;', '<![CDATA[', ']]>', '<', 'x', '&lt;'))
    .map(parts => parts.join('')),
  fc
    .array(
      fc.constantFrom('TAP version 13\n', 'not ok 1 - a\n', '  ---\n', '  ...\n', '  error: |-\n', '    x\n', '1..1\n'),
    )
    .map(parts => parts.join('')),
)

test('any text is read or is a fault, by every format, without an exception', () => {
  fc.assert(
    fc.property(anyText, fc.option(fc.constantFrom(...FORMATS), { nil: undefined }), (text, format) => {
      const { tests, failures, lint, faults, format: known } = parseReport(text, { format })
      assert.ok(known !== undefined || faults.length > 0)
      for (const count of Object.values(tests ?? {})) assert.ok(Number.isInteger(count) && count >= 0)
      for (const one of failures) assert.ok(one.test_name !== '' && one.error_message !== '')
      for (const one of lint) assert.ok(one.rule !== '' && one.message !== '' && one.file_path !== '')
    }),
    { numRuns: 3_000 },
  )
})

const arbitraryShape = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      ...['testResults', 'assertionResults', 'failureMessages', 'retryReasons', 'status', 'tests', 'call', 'outcome'],
      ...['crash', 'collectors', 'diagnostics', 'location', 'start', 'messages', 'severity', 'line', 'constructor'],
    ),
    tie('value'),
  ),
}))

test('JSON with the right names and any values is read without an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(arbitraryShape.object, fc.array(arbitraryShape.object)),
      fc.constantFrom(...FORMATS),
      (value, format) => {
        const { lint } = parseReport(JSON.stringify(value), { format })
        for (const one of lint) assert.ok(['error', 'warning', 'info'].includes(one.severity))
      },
    ),
    { numRuns: 2_000 },
  )
})

const CHARS = 300_000
const LONG: readonly (readonly [string, string])[] = [
  [
    'a line of names',
    `<testsuite><testcase name="a"><failure>${'Error'.repeat(CHARS / 5)}!</failure></testcase></testsuite>`,
  ],
  [
    'a cause',
    `<testsuite><testcase name="a"><failure>ERR_TEST_FAILURE cause: ${"x {\n'".repeat(CHARS / 5)}!</failure></testcase></testsuite>`,
  ],
  [
    'a frame',
    `<testsuite><testcase name="a"><failure>Error: x\n    at ${'a.b:1'.repeat(CHARS / 5)}!</failure></testcase></testsuite>`,
  ],
  ['blanks in a tag', `<testsuite><testcase name="a"${' '.repeat(CHARS)}!`],
  ['a line of tsc', `a.ts(1,1): error TS1: x\n${'(1'.repeat(CHARS / 2)}`],
  ['a name in TAP', `TAP version 13\nnot ok 1 - ${'\\# '.repeat(CHARS / 3)}\n1..1`],
  [
    'Go',
    `<testsuite><testcase name="a"><failure>=== RUN a\n  ${'a/'.repeat(CHARS / 2)}</failure></testcase></testsuite>`,
  ],
]
for (const [name, text] of LONG) {
  test(`a long text is read in a time that grows with its length: ${name}`, () => {
    const startedAt = performance.now()
    parseReport(text)
    assert.ok(performance.now() - startedAt < 2_000)
  })
}

test('a report that quotes a compiler’s line is of the tool that wrote it', () => {
  const line = {
    format: 'sensorium-node-test',
    name: 'src/a.ts(3,7): error TS2322: no',
    outcome: 'passed',
    elapsed_ms: 1,
  }
  const parsed = parseReport(`${JSON.stringify(line)}\n`)
  assert.deepEqual([parsed.format, parsed.tests?.passed], ['node-test', 1])
})
