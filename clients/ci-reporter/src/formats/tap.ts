import { errorOf, messageOfFile, pathOf, placeOf, withoutColours } from '../error-text.ts'
import type { Counters, Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition } from './source.ts'
import { readDiagnostics } from './tap-diagnostics.ts'

const INDENT_CHARS = 4
const RESULT = /^( *)(not )?ok\b(?: +(\d{1,9}))?(?: -)?(?: (.*))?$/
const SUBTEST = /^( *)# Subtest: (.*)$/
/** What node:test, mocha and others count below the results. */
const COUNTED = /^# (tests|pass|fail|skipped|todo|cancelled) (\d{1,9})$/

export const tap: FormatDefinition = {
  fingerprint:
    'text with `TAP version 13` or `14`, or with a plan (`1..4`) and a line that begins with `ok` or `not ok`',
  isOf: ({ text }) =>
    /^TAP version 1[34]\s*$/m.test(text.slice(0, 65_536)) ||
    (/^1\.\.\d{1,9}\b/m.test(text) && (/^(?:not )?ok\b/m.test(text) || /^1\.\.0\b/m.test(text))),
  parse: ({ text }) => parseTap(text),
}

/** TAP 12 to 14: subtests indented by four, diagnostics in YAML, as comments (Bats) or as indented text (mocha). */
function parseTap(text: string): Parsed {
  const tally = openTally()
  const faults: string[] = []
  const names: string[] = []
  const counted = new Map<string, number>()
  let plan: number | undefined
  let top = 0
  let durationMs = 0
  let isGivenUp = false
  let outside = 0
  const lines = withoutColours(text).split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    const subtest = SUBTEST.exec(line)
    if (subtest !== null) {
      const depth = subtest[1]!.length / INDENT_CHARS
      names.length = Math.min(names.length, depth)
      names[depth] = unescaped(subtest[2]!)
      continue
    }
    const planned = /^1\.\.(\d{1,9})/.exec(line)
    if (planned !== null) plan = Number(planned[1])
    const sum = COUNTED.exec(line)
    if (sum !== null) counted.set(sum[1]!, Number(sum[2]))
    const duration = /^# duration_ms (\d+(?:\.\d+)?)$/.exec(line)
    if (duration !== null) durationMs = Number(duration[1])
    if (/^\s*Bail out!/.test(line)) {
      isGivenUp = true
      faults.push(`is of a run that gave up: ${line.trim().slice(0, 200)}`)
      const error_message = line.trim().slice('Bail out!'.length).trim() || 'the run gave up'
      tally.add('Bail out!', 'failed', [{ test_name: 'Bail out!', error_message, outcome: 'failed' }])
    }
    const result = RESULT.exec(line)
    if (result === null) continue
    const indent = result[1]!.length
    const { values, next } = readDiagnostics(lines, i + 1, indent)
    const below = values.size > 0 ? { text: '', next } : saidBelow(lines, next, indent)
    i = below.next - 1
    if (indent === 0) top += 1
    const { name, directive } = described(result[4] ?? '')
    const isFailed = result[2] !== undefined
    const isSuite = values.get('type') === 'suite'
    if (isSuite && !(isFailed && isOwnFault(values))) continue
    if (isSuite) outside += 1
    const whole = name || `test ${result[3] ?? top}`
    const isSkipped = directive === 'SKIP' || directive === 'TODO'
    const suites = names.slice(0, indent / INDENT_CHARS).filter(Boolean)
    const outcome = isSkipped ? 'skipped' : isFailed ? 'failed' : 'passed'
    tally.add(whole, outcome, outcome === 'failed' ? [failureOf(whole, suites, values, below.text)] : [])
  }
  if (plan === undefined) faults.push('has no plan: the run did not come to its end')
  else if (plan !== top) faults.push(`announces ${plan} tests and has ${top}`)
  const missing = plan === undefined ? 0 : plan - top
  return tally.close({
    counters: isGivenUp ? {} : countersOf(counted, outside),
    durationMs,
    faults: [...faults, ...lost(missing, isGivenUp, tally)],
    isIncomplete: plan === undefined || missing !== 0 || isGivenUp,
  })
}

/** A test that was announced and never came did not pass: the specification has it so. */
function lost(missing: number, isGivenUp: boolean, tally: ReturnType<typeof openTally>): string[] {
  if (missing <= 0 || isGivenUp || missing > 100_000) return []
  const error_message = `${missing} of the announced tests never ran`
  for (let i = 0; i < missing; i++) {
    tally.add(
      'a test that never ran',
      'failed',
      i === 0 ? [{ test_name: 'tests that never ran', error_message, outcome: 'failed' }] : [],
    )
  }
  return []
}

/** node:test counts suites apart; mocha's `tests` are those that ran. */
function countersOf(counted: ReadonlyMap<string, number>, outside: number): Counters {
  const failed = counted.get('fail')
  if (failed === undefined) return {}
  return { failed: failed + (counted.get('cancelled') ?? 0) + outside, passed: counted.get('pass') }
}

/** Comments of Bats and indented text of mocha; node:test's comments come after all results, with a plan between. */
function saidBelow(
  lines: readonly string[],
  start: number,
  indent: number,
): { readonly text: string; readonly next: number } {
  const margin = ' '.repeat(indent)
  const told: string[] = []
  let i = start
  for (; i < lines.length; i++) {
    const line = lines[i]!
    if (COUNTED.test(line) || SUBTEST.test(line) || RESULT.test(line)) break
    const isComment = line.startsWith(`${margin}# `)
    if (!isComment && !line.startsWith(`${margin}  `)) break
    told.push(line.slice(indent + 2))
  }
  return { text: told.join('\n').trimEnd(), next: i }
}

/** A suite that fails because of what is in it is told there; one whose hook or body threw is told nowhere else. */
function isOwnFault(values: ReadonlyMap<string, string>): boolean {
  return values.get('failureType') !== 'subtestsFailed'
}

/** `name # SKIP why`: a # that belongs to the name is escaped. */
function described(text: string): { readonly name: string; readonly directive: string | undefined } {
  const match = /(?:^|[^\\]) ?# *(SKIP(?:PED)?|TODO)\b/i.exec(text)
  const name = match === null ? text : text.slice(0, match.index + match[0].indexOf('#'))
  return { name: unescaped(name.trim()), directive: match?.[1]?.toUpperCase().slice(0, 4) }
}

/** mocha prints the message, and then the error with it. */
function withoutEcho(said: string): string {
  const [first = '', second = '', ...rest] = said.split('\n')
  return first !== '' && second.endsWith(`: ${first}`) ? [second, ...rest].join('\n') : said
}

function unescaped(text: string): string {
  return text.replace(/\\([\\#])/g, '$1')
}

function failureOf(
  name: string,
  suites: readonly string[],
  values: ReadonlyMap<string, string>,
  said: string,
): TestFailure {
  const error = values.get('error') ?? values.get('message') ?? (withoutEcho(said) || 'failed')
  const type = values.get('name')
  const frames = values.get('stack')?.split('\n').filter(Boolean) ?? []
  const stack = `${type ?? 'Error'}: ${error}\n${frames.map(frame => `    at ${frame}`).join('\n')}`
  const read = frames.length > 0 ? errorOf(stack) : errorOf(error, type)
  const location = /^(.*):(\d{1,9}):\d{1,9}$/.exec((values.get('location') ?? values.get('at') ?? '').slice(0, 2_000))
  const test_file = location === null ? undefined : pathOf(location[1]!)
  const place = placeOf(read.error_stack)
  const bats = /in test file ([^,\s]{1,500}), line (\d{1,9})\)/.exec(said.slice(0, 8_192))
  return {
    test_name: name,
    test_file: test_file ?? bats?.[1],
    suite_name: suites.join(' > ') || undefined,
    error_type: type ?? read.error_type,
    error_message: messageOfFile((said === '' ? error.trim() : '') || read.error_message, name),
    error_stack: read.error_stack,
    file_path: place.file_path ?? test_file ?? bats?.[1],
    line_number:
      place.line_number ?? (location === null ? (bats === null ? undefined : Number(bats[2])) : Number(location[2])),
    outcome: 'failed',
  }
}
