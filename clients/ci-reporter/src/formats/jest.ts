import {
  countOf,
  emptyCounts,
  errorOf,
  isObject,
  objects,
  type Parsed,
  parseJson,
  placeOf,
  ReportFault,
  type TestFailure,
  textOf,
} from '../parsed.ts'

/** The JSON reporters of vitest and jest, which share a format. A file that does not even load is one failed test. */
export function parseJest(text: string): Parsed {
  const report = parseJson(text)
  if (!isObject(report) || !Array.isArray(report.testResults)) {
    throw new ReportFault('has no testResults: make it with `vitest run --reporter=json` or `jest --json`')
  }
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  let endMs = 0
  const startMs = countOf(report.startTime) ?? Number.POSITIVE_INFINITY
  for (const file of objects(report.testResults)) {
    const test_file = textOf(file.name) ?? textOf(file.testFilePath)
    endMs = Math.max(endMs, countOf(file.endTime) ?? 0)
    const cases = objects(file.assertionResults ?? file.testResults)
    for (const one of cases) {
      const status = textOf(one.status)
      const messages = [one.failureMessages, one.retryReasons].flatMap(list => (Array.isArray(list) ? list : []))
      const message = textOf(messages[0])
      if (status === 'failed') tests.failed += 1
      else if (status === 'passed') tests.passed += 1
      else tests.skipped += 1
      // A test that passed and has something to say about failing passed on a retry.
      const isRetried = status === 'passed' && message !== undefined
      if (status !== 'failed' && !isRetried) continue
      failures.push(failureOf(one, test_file, message ?? 'failed', isRetried))
    }
    if (textOf(file.status) === 'failed' && !cases.some(one => one.status === 'failed')) {
      tests.failed += 1
      const name = test_file ?? 'a test file'
      failures.push({
        test_name: name,
        test_file,
        outcome: 'failed',
        ...errorOf(textOf(file.message) ?? 'the file did not load'),
      })
    }
  }
  tests.durationMs = endMs > startMs ? endMs - startMs : 0
  return { tests, failures, lint: [] }
}

function failureOf(
  one: Readonly<Record<string, unknown>>,
  test_file: string | undefined,
  text: string,
  isRetried: boolean,
): TestFailure {
  const titles = Array.isArray(one.ancestorTitles) ? one.ancestorTitles.filter(title => typeof title === 'string') : []
  const error = errorOf(text)
  const location = isObject(one.location) ? countOf(one.location.line) : undefined
  const place = placeOf(error.error_stack)
  return {
    test_name: textOf(one.fullName) ?? textOf(one.title) ?? 'a test',
    test_file,
    suite_name: titles.join(' > ') || undefined,
    ...error,
    file_path: place.file_path ?? test_file,
    line_number: place.line_number ?? location,
    // The attempt that failed: the first of them.
    attempt: isRetried ? 1 : undefined,
    outcome: isRetried ? 'passed_on_retry' : 'failed',
  }
}
