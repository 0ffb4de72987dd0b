import type { JsonObject } from '../json.ts'
import { millisecondsOf } from '../seconds.ts'

const MAX_LINE_CHARS = 2_000
/** `ok  	pkg	0.1s`, `ok  	pkg	(cached)`, `FAIL	pkg	0.1s`, `FAIL	pkg [build failed]`, `?   	pkg	[no test files]`. */
const PACKAGE = /^(ok {2}|FAIL|\? {3})\t(\S+)(?:\t| )(?:\(cached\)|\[[a-z ]+\]|([\d.]+s))/
const BEGINS = /^=== (RUN|NAME|CONT|PAUSE) +(\S.*)$/
const ENDS = /^ *--- (PASS|FAIL|SKIP): (\S.*) \([\d.]+s\)$/
/** What the compiler says of a package that does not build. */
const BUILD = /^# (\S+)(?: \[.*\])?$/
/** The verdicts of a test program as a whole; the package's line says the same. */
const VERDICT = /^(?:PASS|FAIL|exit status \d+|coverage: .*|testing: warning: no tests to run)$/

export function isGoTestText(text: string): boolean {
  return text.split('\n').some(line => PACKAGE.test(line.slice(0, MAX_LINE_CHARS).trimEnd()))
}

interface Ran {
  readonly test: string
  output: string
  end: string | undefined
}

/**
 * What `go test`, with `-v` or without, prints, as the events of `go test -json`: tests belong to the next package's
 * line. Without `-v` a package that passed does not name its tests, and counts as one.
 */
export function eventsOfText(text: string): JsonObject[] {
  const events: JsonObject[] = []
  const builds = new Map<string, string>()
  let tests: Ran[] = []
  let current: Ran | undefined
  let building: string | undefined
  let said = ''
  const close = (Package: string) => {
    for (const { test: Test, output: Output, end } of tests) {
      events.push({ Action: 'output', Package, Test, Output })
      if (end !== undefined) events.push({ Action: end, Package, Test })
    }
    if (said !== '') events.push({ Action: 'output', Package, Output: said })
    tests = []
    said = ''
    current = undefined
  }
  for (const whole of text.split('\n')) {
    const raw = whole.trimEnd()
    const line = raw.slice(0, MAX_LINE_CHARS)
    const ended = PACKAGE.exec(line)
    const [, verdict = '', name = '', time] = ended ?? []
    if (ended !== null) {
      building = undefined
      said += builds.get(name) ?? ''
      if (verdict === 'ok  ' && tests.length === 0) tests.push({ test: name, output: '', end: 'pass' })
      close(name)
      const Action = verdict === 'FAIL' ? 'fail' : verdict.startsWith('?') ? 'skip' : 'pass'
      events.push({ Action, Package: name, Elapsed: millisecondsOf(time) / 1_000 })
      continue
    }
    const built = BUILD.exec(line)
    if (built !== null) {
      building = built[1]!
      continue
    }
    const begins = BEGINS.exec(line)
    const ends = ENDS.exec(line)
    if (begins !== null || ends !== null) building = undefined
    if (building !== undefined) {
      builds.set(building, `${builds.get(building) ?? ''}${raw}\n`)
      continue
    }
    if (VERDICT.test(line)) continue
    const test = begins?.[2] ?? ends?.[2]
    if (test !== undefined) {
      current = tests.filter(one => one.test === test && one.end === undefined).at(-1)
      if (current === undefined) {
        current = { test, output: '', end: undefined }
        tests.push(current)
      }
    }
    if (ends !== null && current !== undefined) current.end = ends[1]!.toLowerCase()
    if (current !== undefined) current.output += `${raw}\n`
    else if (raw !== '') said += `${raw}\n`
  }
  if (tests.length > 0 || said !== '') close('a package')
  return events
}
