import { errorOf, placeOf, withoutColours } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf, texts, timeOf } from '../json.ts'
import { type Counters, type Parsed, ReportFault, type TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition, Source } from './source.ts'

const hasResults = ({ json }: Source): boolean => isObject(json) && Array.isArray(json.testResults)

/** Both are read alike; only jest counts the assertions of a test. */
const isOfJest = ({ json }: Source): boolean =>
  isObject(json) &&
  objects(json.testResults).some(file =>
    objects(file.assertionResults).some(one => 'numPassingAsserts' in one || 'invocations' in one),
  )

export const jest: FormatDefinition = {
  fingerprint: 'JSON with `testResults` whose tests count their assertions (`numPassingAsserts`, `invocations`)',
  isOf: source => hasResults(source) && isOfJest(source),
  parse: ({ json }) => parseJest(json),
}

export const vitest: FormatDefinition = {
  fingerprint: 'JSON with `testResults` whose tests count no assertions',
  isOf: source => hasResults(source) && !isOfJest(source),
  parse: ({ json }) => parseJest(json),
}

/** The JSON reporters of vitest and jest, which share a format. A file that does not even load is one failed test. */
function parseJest(report: unknown): Parsed {
  if (!isObject(report) || !Array.isArray(report.testResults)) {
    throw new ReportFault('has no testResults: make it with `vitest run --reporter=json` or `jest --json`')
  }
  const tally = openTally()
  let endMs = 0
  let files = 0
  const startMs = timeOf(report.startTime) ?? Number.POSITIVE_INFINITY
  for (const file of objects(report.testResults)) {
    const test_file = textOf(file.name) ?? textOf(file.testFilePath)
    endMs = Math.max(endMs, timeOf(file.endTime) ?? 0)
    const cases = objects(file.assertionResults ?? file.testResults)
    for (const one of cases) {
      const outcome = one.status === 'failed' || one.status === 'passed' ? one.status : 'skipped'
      tally.add(textOf(one.fullName) ?? textOf(one.title) ?? 'a test', outcome, failuresOf(one, test_file))
    }
    if (file.status === 'failed' && isOwnFault(file, cases)) {
      files += 1
      const error = errorOf(messageOfFile(file))
      const place = placeOf(error.error_stack)
      const test_name = test_file ?? 'a test file'
      tally.add(test_name, 'failed', [
        { test_name, test_file, outcome: 'failed', ...error, file_path: test_file, ...place },
      ])
    }
  }
  const counted = countOf(report.numFailedTests) ?? 0
  if (report.success === false && counted === 0 && !tally.cases.some(({ outcome }) => outcome === 'failed')) {
    files += 1
    const error_message = 'the run failed, and the report does not say why'
    tally.add('the run', 'failed', [{ test_name: 'the run', error_message, outcome: 'failed' }])
  }
  const durationMs = endMs > startMs ? endMs - startMs : 0
  const isIncomplete = report.wasInterrupted === true
  const faults = isIncomplete ? ['is of a run that was interrupted: some tests are missing'] : []
  return tally.close({ counters: countersOf(report, files), durationMs, faults, isIncomplete })
}

/** What they count as tests; a file that did not load is none to them, and a failed test to us. */
function countersOf(report: JsonObject, files: number): Counters {
  const total = countOf(report.numTotalTests)
  const failed = countOf(report.numFailedTests)
  const pending = countOf(report.numPendingTests)
  return {
    total: total === undefined ? undefined : total + files,
    passed: countOf(report.numPassedTests),
    failed: failed === undefined ? undefined : failed + files,
    skipped: pending === undefined ? undefined : pending + (countOf(report.numTodoTests) ?? 0),
  }
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
