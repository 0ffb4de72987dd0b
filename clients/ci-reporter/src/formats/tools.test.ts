import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../../tests/temporary-folder.ts'
import { parseReport } from './index.ts'

// The tools of this repository, run now: their next version may write something else.
const BIN = path.resolve(import.meta.dirname, '../../../../node_modules/.bin')
const SUITE = `import { after, describe, it, test } from 'node:test'
import assert from 'node:assert/strict'
describe('cart', () => {
  it('adds <up> & more # \\\\ of it', () => assert.equal(1, 2))
  it('works', () => {})
  it.skip('later', () => {})
  it('someday', { todo: true }, () => { throw new Error('not yet') })
})
test('throws', () => { throw new TypeError('x is not a function') })
test('throws a text', () => { throw 'just text' })
`
const HOOK = `describe('torn down', () => { after(() => { throw new RangeError('hook broke') }); it('is fine', () => {}) })\n`

function runNodeTest(reporter: string, suite: string): string {
  const folder = temporaryFolder('ci-reporter')
  const file = path.join(folder, 'cart.test.mjs')
  writeFileSync(file, suite)
  const args = ['--test', `--test-reporter=${reporter}`, file]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } })
  assert.equal(status, 1)
  return stdout
}

const OWN = path.join(import.meta.dirname, '../node-test.ts')

for (const [format, reporter] of [
  ['junit', 'junit'],
  ['tap', 'tap'],
  ['node-test', OWN],
] as const) {
  const name = reporter === OWN ? 'our own reporter' : reporter
  test(`what node:test writes now through ${name} is read: counts, names, suites, type, message, stack and place`, () => {
    const { format: detected, tests, failures, faults } = parseReport(runNodeTest(reporter, SUITE))
    assert.equal(detected, format)
    assert.deepEqual(faults, [])
    assert.deepEqual({ ...tests, durationMs: 0 }, { passed: 1, failed: 3, skipped: 2, durationMs: 0 })
    const [equal, throws, other] = failures
    assert.partialDeepStrictEqual(equal, {
      test_name: 'adds <up> & more # \\ of it',
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
    assert.equal(other!.error_message, 'just text')
  })
}

for (const reporter of ['tap', OWN]) {
  test(`a suite whose hook threw is a failure, though all its tests passed: ${path.basename(reporter)}`, () => {
    const { tests, failures } = parseReport(runNodeTest(reporter, `${SUITE.split('\n')[0]}\n${HOOK}`))
    assert.deepEqual({ ...tests, durationMs: 0 }, { passed: 1, failed: 1, skipped: 0, durationMs: 0 })
    assert.partialDeepStrictEqual(failures, [{ test_name: 'torn down', error_message: 'hook broke', line_number: 2 }])
  })
}

test('of a file that does not load our own reporter has what Node said of it', () => {
  const { failures } = parseReport(runNodeTest(OWN, "import './nowhere.mjs'\n"))
  assert.equal(failures.length, 1)
  assert.match(failures[0]!.error_message, /^Cannot find module '.*nowhere\.mjs'/)
  assert.match(failures[0]!.error_stack!, /^Error: Cannot find module .*\n {4}at /)
})

test('a time-out, failed subtests and a thrown text have no type, whatever the reporter', () => {
  const suite = `import { test } from 'node:test'
    test('late', { timeout: 20 }, () => new Promise(resolve => setTimeout(resolve, 5_000)))
    test('text', () => { throw 'just text' })`
  for (const reporter of ['junit', 'tap', OWN]) {
    const { failures } = parseReport(runNodeTest(reporter, suite))
    assert.deepEqual(
      failures.map(one => one.error_type),
      [undefined, undefined],
      reporter,
    )
  }
})

const runTool = (name: string, args: readonly string[], cwd: string): string =>
  spawnSync(path.join(BIN, name), args, { cwd, encoding: 'utf8' }).stdout

test('what tsc writes now is read, with and without --pretty', () => {
  const folder = temporaryFolder('ci-reporter')
  writeFileSync(path.join(folder, 'a.ts'), `const a: number = 'x'\nexport const b: { c: number } = { c: a, d: 1 }\n`)
  for (const pretty of [[], ['--pretty']]) {
    const text = runTool('tsc', ['--ignoreConfig', '--noEmit', '--strict', ...pretty, 'a.ts'], folder)
    const { format, lint } = parseReport(text)
    assert.equal(format, 'tsc')
    assert.equal(lint.length, 2)
    assert.partialDeepStrictEqual(lint, [
      {
        tool: 'tsc',
        rule: 'TS2322',
        severity: 'error',
        message: "Type 'string' is not assignable to type 'number'.",
        file_path: 'a.ts',
        line_number: 1,
        column_number: 7,
      },
      { rule: 'TS2353', line_number: 2 },
    ])
  }
})

test('what biome writes now is read', () => {
  const folder = temporaryFolder('ci-reporter')
  writeFileSync(path.join(folder, 'b.ts'), 'export function f(a: number) { if (a == 2) { debugger } }\n')
  const { format, lint } = parseReport(runTool('biome', ['lint', '--reporter=json', 'b.ts'], folder))
  assert.equal(format, 'biome')
  assert.partialDeepStrictEqual(lint, [
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
