import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import type { Outcome, Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import { failureOf, nameOf } from './mocha.ts'
import type { FormatDefinition } from './source.ts'

export const mochawesome: FormatDefinition = {
  fingerprint: 'JSON with `stats`, and with `results` whose members have `suites` and `beforeHooks`',
  isOf: ({ json }) => {
    if (!isObject(json) || !isObject(json.stats)) return false
    const results = objects(json.results)
    return results.length > 0 && results.every(one => Array.isArray(one.suites) && Array.isArray(one.beforeHooks))
  },
  parse: ({ json }) => parseMochawesome(json as JsonObject), // as isOf said
}

/** Deeper than anybody nests `describe`. */
const DEPTH_MAX = 200

/** Files are named from the working folder on, with a slash before them; the message has the type before it, as the stack has. */
function failureIn(suite: JsonObject, one: JsonObject): TestFailure {
  const { message, ...err } = isObject(one.err) ? one.err : {}
  const told = textOf(err.estack) === undefined ? { ...err, message } : err
  return failureOf({ ...one, err: told, file: textOf(suite.file)?.replace(/^[/\\]/, '') })
}

/** Hooks are listed only where they failed; what they kept from running is skipped. */
function parseMochawesome(report: JsonObject): Parsed {
  const tally = openTally()
  let hooks = 0
  const read = (suite: JsonObject, depth: number) => {
    for (const hook of [...objects(suite.beforeHooks), ...objects(suite.afterHooks)]) {
      if (hook.fail !== true && hook.state !== 'failed') continue
      hooks += 1
      tally.add(nameOf(hook), 'failed', [failureIn(suite, hook)])
    }
    for (const one of objects(suite.tests)) {
      const outcome: Outcome =
        one.fail === true || one.state === 'failed' ? 'failed' : one.pass === true ? 'passed' : 'skipped'
      tally.add(nameOf(one), outcome, outcome === 'failed' ? [failureIn(suite, one)] : [])
    }
    if (depth < DEPTH_MAX) for (const inner of objects(suite.suites)) read(inner, depth + 1)
  }
  for (const one of objects(report.results)) read(one, 0)
  const stats = isObject(report.stats) ? report.stats : {}
  const failures = countOf(stats.failures)
  // Hooks that failed are in no count of theirs but `other`.
  const other = countOf(stats.other) ?? 0
  return tally.close({
    counters: {
      passed: countOf(stats.passes),
      failed: failures === undefined ? undefined : failures + Math.min(hooks, other),
      skipped: (countOf(stats.pending) ?? 0) + (countOf(stats.skipped) ?? 0),
    },
    durationMs: countOf(stats.duration),
  })
}
