import { errorOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import { type Counters, type Parsed, ReportFault, type TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import { CHAIN, pythonTraceback } from './python-traceback.ts'
import type { FormatDefinition } from './source.ts'

const FAILED = new Set<unknown>(['failed', 'error'])
/** A test that was expected to fail, and did, counts as skipped, as it does in pytest's own XML. */
const PASSED = new Set<unknown>(['passed', 'xpassed'])

export const pytest: FormatDefinition = {
  fingerprint: 'JSON with `tests` whose members have a `nodeid`, or with `exitcode` and a `summary`',
  isOf: ({ json }) =>
    isObject(json) &&
    ((Array.isArray(json.tests) &&
      objects(json.tests).length > 0 &&
      objects(json.tests).every(one => 'nodeid' in one)) ||
      ('exitcode' in json && isObject(json.summary))),
  parse: ({ json }) => parsePytest(json),
}

/**
 * pytest-json-report. It keeps one entry for a test however often pytest-rerunfailures ran it: the stages are those of
 * the last try, and `rerun` is the outcome of one that passed in the end. What the earlier tries threw is not in it.
 */
function parsePytest(report: unknown): Parsed {
  if (!isObject(report) || !Array.isArray(report.tests)) {
    throw new ReportFault('has no tests: make it with `pytest --json-report`, without --json-report-summary')
  }
  const tally = openTally()
  for (const one of objects(report.tests)) {
    const last = one.outcome === 'rerun' ? lastOutcomeOf(one) : one.outcome
    const outcome = PASSED.has(last) ? 'passed' : FAILED.has(last) ? 'failed' : 'skipped'
    const isFlaky = outcome !== 'failed' && one.outcome === 'rerun'
    const rows = outcome === 'failed' ? [failureOf(one, 'failed')] : isFlaky ? [failureOf(one, 'passed_on_retry')] : []
    tally.add(nameOf(one), outcome, rows)
  }
  let collectors = 0
  for (const collector of objects(report.collectors)) {
    if (collector.outcome !== 'failed') continue
    collectors += 1
    const file = textOf(collector.nodeid) ?? 'a test file'
    const text = textOf(collector.longrepr) ?? 'the file did not load'
    tally.add(file, 'failed', [
      { test_name: file, test_file: file, file_path: file, outcome: 'failed', ...pythonError(text) },
    ])
  }
  // 5 is a run without a test; the others are interruptions and faults of pytest itself.
  const isBroken = typeof report.exitcode === 'number' && report.exitcode !== 0 && report.exitcode !== 5
  if (isBroken && !tally.cases.some(({ outcome }) => outcome === 'failed')) {
    collectors += 1
    const error_message = `pytest ended with ${String(report.exitcode)}, and the report does not say why`
    tally.add('the run', 'failed', [{ test_name: 'the run', error_message, outcome: 'failed' }])
  }
  const durationMs = typeof report.duration === 'number' ? report.duration * 1_000 : 0
  return tally.close({ counters: countersOf(report.summary, collectors), durationMs })
}

/** A file that does not load is none of its tests. */
function countersOf(summary: unknown, collectors: number): Counters {
  if (!isObject(summary)) return {}
  const total = countOf(summary.total)
  const failed = (countOf(summary.failed) ?? 0) + (countOf(summary.error) ?? 0)
  return { total: total === undefined ? undefined : total + collectors, failed: failed + collectors }
}

function nameOf(one: JsonObject): string {
  const id = textOf(one.nodeid) ?? 'a test'
  return id.split('::').slice(1).join('::') || id
}

function stagesOf(one: JsonObject): JsonObject[] {
  return [one.setup, one.call, one.teardown].filter(isObject)
}

function lastOutcomeOf(one: JsonObject): 'failed' | 'passed' | 'skipped' {
  const outcomes = stagesOf(one).map(stage => stage.outcome)
  if (outcomes.some(outcome => FAILED.has(outcome))) return 'failed'
  return outcomes.includes('skipped') ? 'skipped' : 'passed'
}

function failureOf(one: JsonObject, outcome: TestFailure['outcome']): TestFailure {
  const id = textOf(one.nodeid) ?? 'a test'
  const [file, ...names] = id.split('::')
  const stage = stagesOf(one).find(({ outcome: how }) => FAILED.has(how))
  const crash = isObject(stage?.crash) ? stage.crash : {}
  const lost = lostError(names.join('::') || id)
  const stack = textOf(stage?.longrepr)
  const message = textOf(crash.message) ?? stack ?? (outcome === 'failed' ? 'failed' : lost)
  const read = errorOf(message, typeOf(stage))
  return {
    test_name: names.join('::') || id,
    test_file: file,
    suite_name: names.slice(0, -1).join('::') || undefined,
    error_type: read.error_type,
    error_message: read.error_message,
    error_stack: stack === undefined ? undefined : (pythonTraceback(stack) ?? stack),
    file_path: textOf(crash.path) ?? file,
    line_number: countOf(crash.lineno) ?? countOf(one.lineno),
    attempt: outcome === 'passed_on_retry' ? 1 : undefined,
    outcome,
  }
}

/** The last entry of a traceback has the name of what was thrown, also where the message (`assert 1 == 2`) has not. */
function typeOf(stage: JsonObject | undefined): string | undefined {
  const name = textOf(objects(stage?.traceback).at(-1)?.message)
  return name !== undefined && /^[A-Za-z_][\w.]*$/.test(name) ? name : undefined
}

/** Of a try before the last one; without the name all flaky tests would be one problem. */
export function lostError(test: string): string {
  return `${test} failed and passed on a rerun; the report does not keep what was thrown`
}

type ErrorOfPython = Pick<TestFailure, 'error_type' | 'error_message' | 'error_stack' | 'file_path' | 'line_number'>

/**
 * What pytest prints of an error: code with `>`, the error behind `E`, and at the end `file:line: Type`.
 * Undefined fields where the text is none of pytest's.
 */
export function pythonError(text: string): ErrorOfPython {
  const native = nativeError(text)
  if (native !== undefined) return native
  const lines = text.split('\n')
  // Of a chain the last error is the one that was reported.
  const own = lines.slice(lastIndex(lines, line => CHAIN.test(line)) + 1)
  const told = own.filter(line => /^E {3}/.test(line)).map(line => line.replace(/^E +/, ''))
  const traceback = pythonTraceback(text)
  const last = /^([^:\n]{1,500}):(\d{1,9}): ([A-Za-z_][\w.]*)$/.exec(
    (lines.filter(line => line.trim() !== '').at(-1) ?? '').slice(0, 1_000),
  )
  const read = errorOf(told.length > 0 ? told.join('\n') : text, last?.[3])
  return {
    error_type: read.error_type,
    error_message: read.error_message,
    error_stack: traceback ?? (lines.length > 1 ? text.trim() : undefined),
    ...placeOfPython(traceback),
  }
}

/** With --tb=native the text is Python's own: the error is told below the last frame and its line of code. */
function nativeError(text: string): ErrorOfPython | undefined {
  const start = text.search(/^Traceback \(most recent call last\):$/m)
  if (start < 0 || !/^ {2}File "/m.test(text)) return undefined
  const stack = text.slice(start).trim()
  const lines = stack.split('\n')
  const below = lines.slice(lastIndex(lines, line => line.startsWith('  ')) + 1).join('\n')
  const told = /^([A-Za-z_][\w.]{0,250})(?:: (.*))?$/s.exec(below)
  return {
    error_type: told?.[1],
    error_message: told?.[2] ?? (below || 'failed'),
    error_stack: stack,
    ...placeOfPython(stack),
  }
}

/** Of the innermost frame. */
function placeOfPython(stack: string | undefined): Pick<TestFailure, 'file_path' | 'line_number'> {
  const lines = stack?.split('\n') ?? []
  const line = lines[lastIndex(lines, each => each.startsWith('  File "'))] ?? ''
  const match = /^ {2}File "([^"]{1,500})", line (\d{1,9})/.exec(line)
  return match === null ? {} : { file_path: match[1]!, line_number: Number(match[2]) }
}

/** Node 18 has it, and the library that the package is compiled for has not. */
function lastIndex(lines: readonly string[], isWanted: (line: string) => boolean): number {
  return lines.reduce((last, line, i) => (isWanted(line) ? i : last), -1)
}
