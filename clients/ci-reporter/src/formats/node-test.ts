import { errorOf, messageOfFile, placeOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, textOf } from '../json.ts'
import { type Parsed, ReportFault, type TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition, Source } from './source.ts'

export const nodeTest: FormatDefinition = {
  fingerprint: 'lines of JSON with `"format":"sensorium-node-test"`',
  isOf: ({ text, lines }) =>
    lines.some(one => one.format === FORMAT) || text.trimStart().startsWith('{"format":"sensorium-node-test"'),
  parse: parseNodeTest,
}

const FORMAT = 'sensorium-node-test'

/** What `@sensorium/ci-reporter/node-test` writes: a line of JSON for each test. A run that was killed tears the last. */
function parseNodeTest({ lines, tornLines }: Source): Parsed {
  const tally = openTally()
  let durationMs = 0
  const own = lines.filter(one => one.format === FORMAT)
  if (own.length === 0)
    throw new ReportFault(`line ${tornLines[0] ?? 1} is not of the reporter @sensorium/ci-reporter/node-test`)
  for (const one of own) {
    durationMs = Math.max(durationMs, countOf(one.elapsed_ms) ?? 0)
    const outcome = one.outcome === 'passed' || one.outcome === 'skipped' ? one.outcome : 'failed'
    tally.add(textOf(one.name) ?? 'a test', outcome, outcome === 'failed' ? [failureOf(one)] : [])
  }
  const torn = tornLines.length
  const faults = torn > 0 ? [`has ${torn} lines that cannot be read, the first is line ${tornLines[0]}`] : []
  return tally.close({ durationMs, faults, isIncomplete: torn > 0 })
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
