import { errorOf, placeOf, withoutColours } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf, texts, timeOf } from '../json.ts'
import { emptyCounts, type Parsed, ReportFault, type TestFailure, testReport } from '../parsed.ts'

/** The JSON reporters of vitest and jest, which share a format. A file that does not even load is one failed test. */
export function parseJest(report: unknown): Parsed {
  if (!isObject(report) || !Array.isArray(report.testResults)) {
    throw new ReportFault('has no testResults: make it with `vitest run --reporter=json` or `jest --json`')
  }
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  let endMs = 0
  const startMs = timeOf(report.startTime) ?? Number.POSITIVE_INFINITY
  for (const file of objects(report.testResults)) {
    const test_file = textOf(file.name) ?? textOf(file.testFilePath)
    endMs = Math.max(endMs, timeOf(file.endTime) ?? 0)
    const cases = objects(file.assertionResults ?? file.testResults)
    for (const one of cases) {
      if (one.status === 'failed') tests.failed += 1
      else if (one.status === 'passed') tests.passed += 1
      else tests.skipped += 1
      failures.push(...failuresOf(one, test_file))
    }
    if (file.status === 'failed' && isOwnFault(file, cases)) {
      tests.failed += 1
      const error = errorOf(messageOfFile(file))
      const place = placeOf(error.error_stack)
      const test_name = test_file ?? 'a test file'
      failures.push({ test_name, test_file, outcome: 'failed', ...error, file_path: test_file, ...place })
    }
  }
  tests.durationMs = endMs > startMs ? Math.round(endMs - startMs) : 0
  const isIncomplete = report.wasInterrupted === true
  return testReport(tests, failures, isIncomplete ? ['is of a run that was interrupted: some tests are missing'] : [])
}

const JEST_HEADING = /^\s*● /

/** Of a file with failed tests jest's message is about these, and vitest's about the file itself or its hooks. */
function isOwnFault(file: JsonObject, cases: readonly JsonObject[]): boolean {
  const message = textOf(file.message)
  return !cases.some(one => one.status === 'failed') || (message !== undefined && !JEST_HEADING.test(message))
}

/** jest prints a heading, and the code around the place between the message and the frames. */
function messageOfFile(file: JsonObject): string {
  const message = textOf(file.message)
  if (message === undefined) return 'the file did not load, or a hook of it failed; the report does not say why'
  const text = withoutColours(message).trim()
  if (!JEST_HEADING.test(text)) return text
  const lines = text.split('\n').slice(1)
  const told = lines.map(line => line.replace(/^ {4}/, '')).filter(line => !/^[> ] *\d* \|/.test(line))
  return (
    told
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim() || text
  )
}

/**
 * jest keeps the errors of tries that were retried in `retryReasons`; vitest keeps those of all tries in
 * `failureMessages`. A test that passed and has something to say about failing passed on a retry.
 */
function failuresOf(one: JsonObject, test_file: string | undefined): TestFailure[] {
  if (one.status !== 'failed' && one.status !== 'passed') return []
  const outcome = one.status === 'failed' ? 'failed' : 'passed_on_retry'
  const tries = texts(one.retryReasons)
  const last = texts(one.failureMessages)
  // One try may fail in several ways (soft assertions); tries that failed alike are still several.
  const messages = [...tries, ...(outcome === 'failed' ? new Set(last) : last)]
  if (messages.length === 0 && outcome === 'failed') messages.push('failed')
  const isRetried = outcome === 'passed_on_retry' || tries.length > 0
  return messages.map((message, i) =>
    failureOf(one, test_file, message, outcome, isRetried ? Math.min(i, tries.length || i) + 1 : undefined),
  )
}

function failureOf(
  one: JsonObject,
  test_file: string | undefined,
  text: string,
  outcome: TestFailure['outcome'],
  attempt: number | undefined,
): TestFailure {
  const error = errorOf(text)
  const place = placeOf(error.error_stack)
  return {
    test_name: textOf(one.fullName) ?? textOf(one.title) ?? 'a test',
    test_file,
    suite_name: texts(one.ancestorTitles).filter(Boolean).join(' > ') || undefined,
    ...error,
    file_path: place.file_path ?? test_file,
    line_number: place.line_number ?? (isObject(one.location) ? countOf(one.location.line) : undefined),
    attempt,
    outcome,
  }
}
