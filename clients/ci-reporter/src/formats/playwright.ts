import { errorOf, placeOf, withoutColours } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import type { Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition } from './source.ts'

export const playwright: FormatDefinition = {
  fingerprint: 'JSON with `suites`, and with `stats` that count `expected` and `unexpected`',
  isOf: ({ json }) =>
    isObject(json) &&
    Array.isArray(json.suites) &&
    isObject(json.stats) &&
    'expected' in json.stats &&
    'unexpected' in json.stats,
  parse: ({ json }) => parsePlaywright(json as JsonObject), // as isOf said
}

/** `playwright test --reporter=json`. A test runs once in each project; one that passed on a retry is `flaky`. */
function parsePlaywright(report: JsonObject): Parsed {
  const tally = openTally()
  const walk = (suite: JsonObject, titles: readonly string[]) => {
    // The outermost suite is the file.
    const title = textOf(suite.title)
    const inner = title === undefined || title === suite.file ? titles : [...titles, title]
    for (const spec of objects(suite.specs)) {
      for (const one of objects(spec.tests)) {
        const name = textOf(spec.title) ?? 'a test'
        const isPassed = one.status === 'expected' || one.status === 'flaky'
        const outcome = isPassed ? 'passed' : one.status === 'skipped' ? 'skipped' : 'failed'
        const isTold = outcome === 'failed' || one.status === 'flaky'
        tally.add(
          name,
          outcome,
          isTold ? failuresOf(spec, one, inner, outcome === 'failed' ? 'failed' : 'passed_on_retry') : [],
        )
      }
    }
    for (const each of objects(suite.suites)) walk(each, inner)
  }
  for (const suite of objects(report.suites)) walk(suite, [])
  const errors = objects(report.errors)
  for (const error of errors) {
    const row = rowOf('outside of tests', error, undefined, undefined)
    tally.add('outside of tests', 'failed', [{ ...row, outcome: 'failed' }])
  }
  const stats = isObject(report.stats) ? report.stats : {}
  const failed = countOf(stats.unexpected)
  const passed = countOf(stats.expected)
  return tally.close({
    counters: {
      failed: failed === undefined ? undefined : failed + errors.length,
      passed: passed === undefined ? undefined : passed + (countOf(stats.flaky) ?? 0),
      skipped: countOf(stats.skipped),
    },
    durationMs: typeof stats.duration === 'number' ? stats.duration : 0,
  })
}

function failuresOf(
  spec: JsonObject,
  one: JsonObject,
  titles: readonly string[],
  outcome: TestFailure['outcome'],
): TestFailure[] {
  const file = textOf(spec.file)
  const name = textOf(spec.title) ?? 'a test'
  const tries = objects(one.results)
  const failed = tries.filter(({ status }) => status !== 'passed' && status !== 'skipped')
  const common = {
    test_name: name,
    test_file: file,
    suite_name: [...titles, textOf(one.projectName)].filter(Boolean).join(' > ') || undefined,
  }
  if (failed.length === 0) {
    const error_message = `was expected to be ${textOf(one.expectedStatus) ?? 'passed'} and was ${textOf(tries.at(-1)?.status) ?? 'not'}`
    return [{ ...common, error_message, file_path: file, line_number: countOf(spec.line), outcome }]
  }
  return failed.flatMap(result => {
    const all = objects(result.errors)
    const errors =
      all.length > 0 ? all : isObject(result.error) ? [result.error] : [{ message: textOf(result.status) ?? 'failed' }]
    const attempt = tries.length > 1 ? (countOf(result.retry) ?? 0) + 1 : undefined
    return errors.map(error => ({ ...common, ...rowOf(name, error, file, countOf(spec.line)), attempt, outcome }))
  })
}

function rowOf(test_name: string, error: JsonObject, file: string | undefined, line: number | undefined) {
  const message = withoutColours(textOf(error.message) ?? textOf(error.value) ?? 'failed')
  const read = errorOf(withoutCode(textOf(error.stack) ?? message))
  const location = isObject(error.location) ? error.location : {}
  const place = placeOf(read.error_stack)
  return {
    test_name,
    ...read,
    file_path: textOf(location.file) ?? place.file_path ?? file,
    line_number: countOf(location.line) ?? place.line_number ?? line,
  }
}

/** The lines around the place, which it prints between the message and the frames: code is not sent. */
function withoutCode(text: string): string {
  const lines = withoutColours(text)
    .split('\n')
    .filter(line => !/^[> ] *\d* \|/.test(line))
  return lines.join('\n').replace(/\n{3,}/g, '\n\n')
}
