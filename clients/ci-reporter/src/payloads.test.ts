import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ciReport } from '../../../receivers/ci/report.ts'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { collectEnvironment } from './environment.ts'
import { type LintFailure, lintReport, type Parsed, type TestCounts, type TestFailure } from './parsed.ts'
import { type BuildEvent, buildPayloads } from './payloads.ts'

const testReport = (tests: TestCounts, failures: readonly TestFailure[]): Parsed => ({
  tests,
  failures,
  lint: [],
  faults: [],
})

const FOLDER = temporaryFolder('ci-reporter')
const ENVIRONMENT = collectEnvironment(FOLDER, {})
const COUNTS = { passed: 1, failed: 0, skipped: 0, durationMs: 5.4 }
const FAILURE: TestFailure = { test_name: 'a', error_message: 'b', outcome: 'failed' }
const LINT: LintFailure = { tool: 'eslint', rule: 'r', severity: 'error', message: 'm', file_path: 'src/a.ts' }
const EVENT: BuildEvent = { event_type: 'build_complete', status: 'success' }

function build(failures: readonly TestFailure[], lint: readonly LintFailure[] = [], buildEvents: BuildEvent[] = []) {
  const { bodies, ...counts } = buildPayloads([testReport(COUNTS, failures), lintReport(lint)], ENVIRONMENT, {
    folder: FOLDER,
    root: FOLDER,
    timestamp: '2026-11-20T10:00:00.000Z',
    sourceFolders: ['src'],
    buildEvents,
    metadata: { formats: ['jest', 'eslint'] },
  })
  // What the receiver itself takes of it: a key that it does not know, or a value out of bounds, throws.
  return { bodies, ...counts, reports: bodies.map(body => ciReport.parse(JSON.parse(body))) }
}

test('a report of many bytes in few characters is split by its bytes', () => {
  const failures = Array.from({ length: 600 }, () => ({ ...FAILURE, error_message: '猫'.repeat(8_000) }))
  const { bodies, reports, cut } = build(failures)
  assert.ok(bodies.length >= 4)
  for (const body of bodies) assert.ok(Buffer.byteLength(body) <= 4_194_304)
  assert.equal(
    reports.reduce((sum, one) => sum + one.test_failures.length, 0),
    600,
  )
  assert.equal(cut, 0)
  assert.deepEqual(
    reports.map(one => one.run !== undefined),
    [true, ...reports.slice(1).map(() => false)],
  )
  assert.equal(new Set(reports.map(one => (one.run ?? one.run_reference)?.run_id)).size, 1)
})

test('texts are cut with a mark, and the cuts are counted, also in the run itself', () => {
  const row = {
    ...FAILURE,
    test_name: '猫'.repeat(600),
    error_message: `${'x'.repeat(8_191)}😀${'y'.repeat(9_000)}`,
    error_stack: 'a\0b',
  }
  const { reports, cut } = build([row, FAILURE])
  const [first] = reports[0]!.test_failures
  assert.equal(first!.test_name.length, 500)
  assert.match(first!.test_name, /… \(600 characters\)$/)
  assert.match(first!.error_message, /^x+… \(17193 characters\)$/)
  assert.ok(first!.error_message.length <= 8_192)
  assert.equal(first!.error_stack, 'a\ufffdb')
  assert.equal(cut, 2)
  assert.equal(reports[0]!.run?.metadata?.cut, 2)
})

test('half of a character never remains of a cut', () => {
  const { reports } = build([
    { ...FAILURE, test_name: '😀'.repeat(400) },
    { ...FAILURE, test_name: `x${'😀'.repeat(400)}` },
  ])
  for (const { test_name } of reports[0]!.test_failures) assert.ok(test_name.isWellFormed())
})

test('of more than one report may hold, the end is left out and counted; build events and tests come first', () => {
  const lint = Array.from({ length: 9_000 }, () => ({ ...LINT, message: 'x'.repeat(4_000) }))
  const { bodies, reports, dropped } = build([FAILURE], lint, [EVENT])
  assert.ok(bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) < 33_000_000)
  assert.deepEqual([reports[0]!.build_events.length, reports[0]!.test_failures.length], [1, 1])
  assert.ok(dropped > 500)
  assert.equal(
    reports.reduce((sum, one) => sum + one.lint_failures.length, dropped),
    9_000,
  )
  assert.equal(reports[0]!.run?.metadata?.dropped, dropped)
})

test('a run with nothing to tell is still a run; events without a report are no run', () => {
  const { reports } = build([])
  assert.partialDeepStrictEqual(reports[0]!.run, { total_tests: 1, passed_tests: 1, duration_ms: 5, attempt: 1 })
  const options = {
    folder: FOLDER,
    root: FOLDER,
    timestamp: '2026-11-20T10:00:00Z',
    sourceFolders: [],
    buildEvents: [EVENT],
  }
  const { bodies } = buildPayloads([], ENVIRONMENT, options)
  const alone = ciReport.parse(JSON.parse(bodies[0]!))
  assert.deepEqual([bodies.length, alone.run, alone.build_events.length], [1, undefined, 1])
})

function put(file: string, text: string): string {
  mkdirSync(path.dirname(path.join(FOLDER, file)), { recursive: true })
  writeFileSync(path.join(FOLDER, file), text)
  return file
}

test('a line of code goes along from an allow-listed folder only, at any depth, and not through a link or a way up', () => {
  put('src/a.ts', 'one\r\ntwo\n')
  put('packages/x/src/deep/b.ts', 'deep\n')
  put('private/key.ts', 'secret\n')
  put('srcs/c.ts', 'other\n')
  symlinkSync(path.join(FOLDER, 'private/key.ts'), path.join(FOLDER, 'src/link.ts'))
  const files = [
    'src/a.ts',
    path.join(FOLDER, 'packages/x/src/deep/b.ts'),
    'private/key.ts',
    'srcs/c.ts',
    'src/link.ts',
    'src/../private/key.ts',
    '/etc/src/passwd',
    'src/none.ts',
  ]
  const { reports } = build(
    [],
    files.map(file_path => ({ ...LINT, file_path, line_number: 1 })),
  )
  assert.deepEqual(
    reports[0]!.lint_failures.map(one => [one.file_path, one.source ?? undefined]),
    [['src/a.ts', 'one'], ['packages/x/src/deep/b.ts', 'deep'], ...files.slice(2).map(file => [file, undefined])],
  )
})

test('no line of code goes along from beside the repository', () => {
  put('beside/src/a.ts', 'of others\n')
  put('shop/src/a.ts', 'ours\n')
  const lint = ['../beside/src/a.ts', 'src/a.ts'].map(file_path => ({ ...LINT, file_path, line_number: 1 }))
  const root = path.join(FOLDER, 'shop')
  const options = { folder: root, root, timestamp: '2026-11-20T10:00:00Z', sourceFolders: ['src'], buildEvents: [] }
  const { bodies } = buildPayloads([lintReport(lint)], ENVIRONMENT, options)
  const rows = ciReport.parse(JSON.parse(bodies[0]!)).lint_failures
  assert.deepEqual(
    rows.map(one => one.source ?? undefined),
    [undefined, 'ours'],
  )
})

test('paths are those of the repository, also where the tools ran in a folder of it', () => {
  put('packages/y/src/a.ts', 'one\n')
  const folder = path.join(FOLDER, 'packages/y')
  const failures = [
    { ...FAILURE, file_path: 'src/a.ts', test_file: path.join(folder, 'src/a.ts') },
    { ...FAILURE, file_path: 'com.acme.Cart', test_file: '/usr/lib/x.js' },
    // A file that does not load is a test of the file's name.
    { ...FAILURE, test_name: path.join(folder, 'src/a.ts'), test_file: path.join(folder, 'src/a.ts') },
  ]
  const options = { folder, root: FOLDER, timestamp: '2026-11-20T10:00:00Z', sourceFolders: [], buildEvents: [] }
  const { bodies } = buildPayloads([testReport(COUNTS, failures)], ENVIRONMENT, options)
  const rows = ciReport.parse(JSON.parse(bodies[0]!)).test_failures
  assert.deepEqual(
    rows.map(one => [one.test_name, one.file_path, one.test_file]),
    [
      [FAILURE.test_name, 'packages/y/src/a.ts', 'packages/y/src/a.ts'],
      [FAILURE.test_name, 'com.acme.Cart', '/usr/lib/x.js'],
      ['packages/y/src/a.ts', undefined, 'packages/y/src/a.ts'],
    ],
  )
})
