import { errorOf, placeOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import type { Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition } from './source.ts'

export const mocha: FormatDefinition = {
  fingerprint: 'JSON with `stats`, and with the arrays `tests`, `passes` and `failures`',
  isOf: ({ json }) =>
    isObject(json) && isObject(json.stats) && ['tests', 'passes', 'failures'].every(key => Array.isArray(json[key])),
  parse: ({ json }) => parseMocha(json as JsonObject), // as isOf said
}

/** Tests of one name in two files are two: they are counted, not looked up. */
const keyOf = (one: JsonObject) => String(one.fullTitle ?? one.title)

/** `mocha --reporter json`. A hook that failed is among the failures and not among the tests. */
function parseMocha(report: JsonObject): Parsed {
  const tally = openTally()
  const left = countKeys(objects(report.failures))
  const pending = countKeys(objects(report.pending))
  // A test is in two lists, and in one of them some reporters leave the frames out.
  const whole = new Map(objects(report.tests).map(one => [keyOf(one), one]))
  for (const one of objects(report.failures)) {
    const twin = whole.get(keyOf(one))
    const isFuller = twin !== undefined && stackOf(twin).length > stackOf(one).length
    tally.add(nameOf(one), 'failed', [failureOf(isFuller ? twin : one)])
  }
  for (const one of objects(report.tests)) {
    if (take(left, keyOf(one))) continue
    // Older reports have the error in the test alone.
    const hasError = isObject(one.err) && Object.keys(one.err).length > 0 && one.state !== 'passed'
    const isFailed = hasError || one.state === 'failed'
    if (isFailed) tally.add(nameOf(one), 'failed', [failureOf(one)])
    else tally.add(nameOf(one), take(pending, keyOf(one)) || one.pending === true ? 'skipped' : 'passed')
  }
  const stats = isObject(report.stats) ? report.stats : {}
  const failed = countOf(stats.failures)
  const counters = { failed, passed: countOf(stats.passes), skipped: countOf(stats.pending) }
  return tally.close({ counters, durationMs: countOf(stats.duration) })
}

function stackOf({ err }: JsonObject): string {
  return (isObject(err) ? (textOf(err.stack) ?? textOf(err.estack)) : undefined) ?? ''
}

function countKeys(all: readonly JsonObject[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1)
  return counts
}

function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0
  if (count > 0) counts.set(key, count - 1)
  return count > 0
}

export function nameOf(one: JsonObject): string {
  return textOf(one.fullTitle) ?? textOf(one.title) ?? 'a test'
}

export function failureOf(one: JsonObject): TestFailure {
  const err = isObject(one.err) ? one.err : {}
  const file = textOf(one.file)
  const message = textOf(err.message)
  const read = errorOf(textOf(err.stack) ?? textOf(err.estack) ?? message ?? 'failed', textOf(err.name))
  const name = nameOf(one)
  const title = textOf(one.title) ?? name
  return {
    test_name: name,
    test_file: file,
    suite_name: name.endsWith(title) ? name.slice(0, -title.length).trim() || undefined : undefined,
    ...read,
    error_message: message ?? read.error_message,
    file_path: file,
    ...placeOf(read.error_stack),
    outcome: 'failed',
  }
}
