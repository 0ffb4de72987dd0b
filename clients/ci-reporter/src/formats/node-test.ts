import {
  countOf,
  cut,
  emptyCounts,
  errorOf,
  isObject,
  type Parsed,
  parseJson,
  placeOf,
  ReportFault,
  type TestFailure,
  textOf,
} from '../parsed.ts'

/** What `@sensorium/ci-reporter/node-test` writes: a line of JSON for each test. */
export function parseNodeTest(text: string): Parsed {
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const one = parseJson(line)
    if (!isObject(one) || one.format !== 'sensorium-node-test') {
      throw new ReportFault(`line ${i + 1} is not of the reporter @sensorium/ci-reporter/node-test`)
    }
    tests.durationMs = Math.max(tests.durationMs, countOf(one.elapsed_ms) ?? 0)
    if (one.outcome === 'passed') tests.passed += 1
    else if (one.outcome === 'skipped') tests.skipped += 1
    else {
      tests.failed += 1
      failures.push(failureOf(one))
    }
  }
  return { tests, failures, lint: [] }
}

function failureOf(one: Readonly<Record<string, unknown>>): TestFailure {
  const error = isObject(one.error) ? one.error : {}
  const stack = textOf(error.stack)
  const read = errorOf(stack ?? textOf(error.message) ?? 'failed', textOf(error.name))
  const place = placeOf(stack)
  return {
    test_name: textOf(one.name) ?? 'a test',
    test_file: textOf(one.file),
    suite_name: textOf(one.suite),
    error_type: textOf(error.name) ?? read.error_type,
    error_message: cut(textOf(error.message) ?? read.error_message, 8_192),
    error_stack: read.error_stack,
    file_path: place.file_path ?? textOf(one.file),
    line_number: place.line_number ?? countOf(one.line),
    outcome: 'failed',
  }
}
