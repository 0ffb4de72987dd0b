import { errorOf, messageOfFile, placeOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, textOf } from '../json.ts'
import { emptyCounts, type Parsed, ReportFault, type TestFailure, testReport } from '../parsed.ts'

/** What `@sensorium/ci-reporter/node-test` writes: a line of JSON for each test. A run that was killed tears the last. */
export function parseNodeTest(text: string): Parsed {
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  const torn: number[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const one = lineOf(line)
    if (one === undefined) {
      torn.push(i + 1)
      continue
    }
    tests.durationMs = Math.max(tests.durationMs, countOf(one.elapsed_ms) ?? 0)
    if (one.outcome === 'passed') tests.passed += 1
    else if (one.outcome === 'skipped') tests.skipped += 1
    else {
      tests.failed += 1
      failures.push(failureOf(one))
    }
  }
  const hasNone = tests.passed + tests.failed + tests.skipped === 0
  if (torn.length > 0 && hasNone) {
    throw new ReportFault(`line ${torn[0]} is not of the reporter @sensorium/ci-reporter/node-test`)
  }
  const faults = torn.length > 0 ? [`has ${torn.length} lines that cannot be read, the first is line ${torn[0]}`] : []
  return testReport(tests, failures, faults)
}

function lineOf(line: string): JsonObject | undefined {
  try {
    const one: unknown = JSON.parse(line)
    return isObject(one) && one.format === 'sensorium-node-test' ? one : undefined
  } catch {
    return undefined
  }
}

function failureOf(one: JsonObject): TestFailure {
  const error = isObject(one.error) ? one.error : {}
  const stack = textOf(error.stack)
  const read = errorOf(stack ?? textOf(error.message) ?? 'failed', textOf(error.name))
  const place = placeOf(stack)
  return {
    test_name: textOf(one.name) ?? 'a test',
    test_file: textOf(one.file),
    suite_name: textOf(one.suite),
    error_type: textOf(error.name) ?? read.error_type,
    error_message: messageOfFile(textOf(error.message) ?? read.error_message, textOf(one.name)),
    error_stack: read.error_stack,
    file_path: place.file_path ?? textOf(one.file),
    line_number: place.line_number ?? countOf(one.line),
    outcome: 'failed',
  }
}
