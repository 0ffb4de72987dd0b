import { withoutColours } from '../error-text.ts'
import { type JsonObject, textOf } from '../json.ts'
import type { Outcome, Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import { eventsOfText, isGoTestText } from './go-test-text.ts'
import { errorOfBody } from './junit-body.ts'
import type { FormatDefinition, Source } from './source.ts'

export const goTest: FormatDefinition = {
  fingerprint:
    'lines of JSON with an `Action` and a `Package` or an `ImportPath`, or the text of `go test`: `ok  package 0.1s`, `FAIL package 0.1s`',
  isOf: source =>
    source.lines.length > 0
      ? source.lines.some(isEvent) && source.lines.every(one => isEvent(one) || 'Action' in one)
      : isText(source) && isGoTestText(withoutColours(source.text)),
  parse: source =>
    parseGoTest(isText(source) ? { lines: eventsOfText(withoutColours(source.text)), tornLines: [] } : source),
}

function isText({ json, xml, lines }: Source): boolean {
  return json === undefined && xml === undefined && lines.length === 0
}

function isEvent(one: JsonObject): boolean {
  return typeof one.Action === 'string' && ('Package' in one || 'ImportPath' in one)
}

interface Running {
  readonly pkg: string
  readonly test: string
  output: string
  /** One for each time that it ran (`-count`, or a rerun of the command). */
  readonly ends: { readonly outcome: Outcome; readonly output: string }[]
}

const ENDS: ReadonlyMap<unknown, Outcome> = new Map<unknown, Outcome>([
  ['pass', 'passed'],
  ['fail', 'failed'],
  ['skip', 'skipped'],
])

/** `go test -json`. A package that fails without a failed test (it does not build, it panics, a time-out) is a failure. */
function parseGoTest({ lines, tornLines }: Pick<Source, 'lines' | 'tornLines'>): Parsed {
  const tally = openTally()
  const tests = new Map<string, Running>()
  const packages = new Map<string, { output: string; isFailed: boolean; isEnded: boolean }>()
  const builds = new Map<string, string>()
  let durationMs = 0
  for (const one of lines) {
    const pkg = textOf(one.Package) ?? textOf(one.ImportPath) ?? 'a package'
    const output = typeof one.Output === 'string' ? one.Output : ''
    if (one.Action === 'build-output') builds.set(pkg, (builds.get(pkg) ?? '') + output)
    if (String(one.Action).startsWith('build-')) continue
    const whole = packages.get(pkg) ?? { output: '', isFailed: false, isEnded: false }
    packages.set(pkg, whole)
    const test = textOf(one.Test)
    if (test === undefined) {
      whole.output += output
      if (!ENDS.has(one.Action)) continue
      whole.isEnded = true
      if (one.Action === 'fail') {
        whole.isFailed = true
        whole.output += builds.get(textOf(one.FailedBuild) ?? pkg) ?? ''
      }
      durationMs += typeof one.Elapsed === 'number' ? one.Elapsed * 1_000 : 0
      continue
    }
    const key = `${pkg}\0${test}`
    const running = tests.get(key) ?? { pkg, test, output: '', ends: [] }
    tests.set(key, running)
    running.output += output
    const outcome = ENDS.get(one.Action)
    if (outcome === undefined) continue
    running.ends.push({ outcome, output: running.output })
    running.output = ''
  }
  const faults: string[] =
    tornLines.length > 0 ? [`has ${tornLines.length} lines that are no JSON, the first is line ${tornLines[0]}`] : []
  const failedIn = new Set<string>()
  for (const one of tests.values()) {
    // A test that began and never ended: a panic or a time-out took the whole package along.
    const ends =
      one.ends.length > 0 ? one.ends : [{ outcome: 'failed' as const, output: one.output || 'the test did not end' }]
    for (const { outcome, output } of ends) {
      if (outcome === 'failed') failedIn.add(one.pkg)
      tally.add(one.test, outcome, outcome === 'failed' ? [failureOf(one, output, failedBelow(tests, one))] : [])
    }
  }
  let isOpen = false
  for (const [pkg, { output, isFailed, isEnded }] of packages) {
    if (isFailed && !failedIn.has(pkg))
      tally.add(pkg, 'failed', [failureOf({ pkg, test: pkg }, output || 'the package failed')])
    if (!isEnded) isOpen = true
  }
  if (isOpen) faults.push('ends before the last package did')
  return tally.close({ durationMs, faults, isIncomplete: isOpen })
}

/** What failed within a test; the test itself then says no more than that it failed. */
function failedBelow(tests: ReadonlyMap<string, Running>, { pkg, test }: Running): string[] {
  if (test.includes('/')) return []
  return [...tests.values()]
    .filter(one => one.pkg === pkg && one.test.startsWith(`${test}/`) && one.ends.at(-1)?.outcome !== 'passed')
    .map(one => one.test)
}

function failureOf(
  { pkg, test }: Pick<Running, 'pkg' | 'test'>,
  output: string,
  below: readonly string[] = [],
): TestFailure {
  const { isExact: _, ...read } = errorOfBody(output, '', undefined, true)
  const error_message =
    read.error_message === 'failed' && below.length > 0 ? `failed within: ${below.join(', ')}` : read.error_message
  return { test_name: test, suite_name: pkg, ...read, error_message, outcome: 'failed' }
}
