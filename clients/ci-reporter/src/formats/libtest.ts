import { countOf, type JsonObject, textOf } from '../json.ts'
import type { Counters, Parsed } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import { rustError } from './rust-error.ts'
import type { FormatDefinition, Source } from './source.ts'

const TYPES: ReadonlySet<unknown> = new Set(['suite', 'test', 'bench', 'report'])

export const libtest: FormatDefinition = {
  fingerprint:
    'lines of JSON with a `type` of `suite` or `test` and an `event` (`cargo test -- --format json`, nextest’s `libtest-json`)',
  isOf: ({ lines }) =>
    lines.length > 0 &&
    lines.every(one => TYPES.has(one.type)) &&
    lines.some(one => (one.type === 'suite' || one.type === 'test') && typeof one.event === 'string'),
  parse: parseLibtest,
}

/** A program that ends before its suite does (a signal, `exit`) took the tests along that were running. */
function parseLibtest({ lines, tornLines }: Source): Parsed {
  const tally = openTally()
  const counters = { passed: 0, failed: 0, skipped: 0 }
  const running = new Set<string>()
  let durationMs = 0
  let openSuites = 0
  const lose = () => {
    for (const name of running)
      tally.add(name, 'failed', [{ test_name: name, error_message: 'the test did not end', outcome: 'failed' }])
    running.clear()
  }
  for (const one of lines) {
    const { type, event } = one
    const name = textOf(one.name) ?? 'a test'
    if (type === 'suite' && event === 'started') {
      lose()
      openSuites += 1
    } else if (type === 'suite') {
      openSuites -= 1
      counters.passed += (countOf(one.passed) ?? 0) + (countOf(one.measured) ?? 0)
      counters.failed += countOf(one.failed) ?? 0
      counters.skipped += countOf(one.ignored) ?? 0
      durationMs += millisecondsOf(String(one.exec_time ?? ''))
    } else if (type === 'test' || type === 'bench') {
      if (event === 'started') running.add(name)
      if (event === 'timeout' || event === 'started') continue
      running.delete(name)
      if (event === 'failed') tally.add(name, 'failed', [{ test_name: name, ...failure(one), outcome: 'failed' }])
      else tally.add(name, event === 'ignored' ? 'skipped' : 'passed')
    }
  }
  lose()
  const faults: string[] = openSuites > 0 ? ['ends before the last suite did'] : []
  if (tornLines.length > 0)
    faults.push(`has ${tornLines.length} lines that are no JSON, the first is line ${tornLines[0]}`)
  const told: Counters = openSuites > 0 ? {} : counters
  return tally.close({ counters: told, durationMs, faults, isIncomplete: openSuites > 0 })
}

const failure = (one: JsonObject) => rustError(textOf(one.stdout) ?? '', textOf(one.message))
