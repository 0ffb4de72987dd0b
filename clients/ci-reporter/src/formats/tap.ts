import { errorOf, messageOfFile, pathOf, placeOf } from '../error-text.ts'
import { emptyCounts, type Parsed, ReportFault, type TestFailure, testReport } from '../parsed.ts'
import { readDiagnostics } from './tap-diagnostics.ts'

const INDENT_CHARS = 4
const RESULT = /^( *)(not )?ok\b(?: +(\d{1,9}))?(?: -)?(?: (.*))?$/
const SUBTEST = /^( *)# Subtest: (.*)$/

/** TAP as node:test writes it: subtests indented by four, diagnostics in YAML (TAP 14 specification). */
export function parseTap(text: string): Parsed {
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  const faults: string[] = []
  const names: string[] = []
  let plan: number | undefined
  let top = 0
  const lines = text.split(/\r?\n/)
  if (!/^TAP version 1[34]$/m.test(text.slice(0, 4_096))) throw new ReportFault('does not begin with a TAP version')
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
    const duration = /^# duration_ms (\d+(?:\.\d+)?)$/.exec(line)
    if (duration !== null) tests.durationMs = Math.round(Number(duration[1]))
    if (/^\s*Bail out!/.test(line)) faults.push(`is of a run that gave up: ${line.trim().slice(0, 200)}`)
    const result = RESULT.exec(line)
    if (result === null) continue
    const indent = result[1]!.length
    const { values, next } = readDiagnostics(lines, i + 1, indent)
    i = next - 1
    if (indent === 0) top += 1
    const { name, directive } = described(result[4] ?? '')
    const isFailed = result[2] !== undefined
    if (values.get('type') === 'suite' && !(isFailed && isOwnFault(values))) continue
    if (directive !== undefined) tests.skipped += 1
    else if (!isFailed) tests.passed += 1
    else {
      tests.failed += 1
      const suites = names.slice(0, indent / INDENT_CHARS).filter(Boolean)
      failures.push(failureOf(name || `test ${result[3] ?? top}`, suites, values))
    }
  }
  if (plan === undefined) faults.push('has no plan: the run did not come to its end')
  else if (plan !== top) faults.push(`announces ${plan} tests and has ${top}`)
  return testReport(tests, failures, faults)
}

/** A suite that fails because of what is in it is told there; one whose hook or body threw is told nowhere else. */
function isOwnFault(values: ReadonlyMap<string, string>): boolean {
  return values.get('failureType') !== 'subtestsFailed'
}

/** `name # SKIP why`: a # that belongs to the name is escaped. */
function described(text: string): { readonly name: string; readonly directive: string | undefined } {
  const match = /(?:^|[^\\]) ?# *(SKIP|TODO)\b/i.exec(text)
  const name = match === null ? text : text.slice(0, match.index + match[0].indexOf('#'))
  return { name: unescaped(name.trim()), directive: match?.[1] }
}

function unescaped(text: string): string {
  return text.replace(/\\([\\#])/g, '$1')
}

function failureOf(name: string, suites: readonly string[], values: ReadonlyMap<string, string>): TestFailure {
  const error = values.get('error') ?? 'failed'
  const type = values.get('name')
  const frames = values.get('stack')?.split('\n').filter(Boolean) ?? []
  const stack = `${type ?? 'Error'}: ${error}\n${frames.map(frame => `    at ${frame}`).join('\n')}`
  const read = frames.length > 0 ? errorOf(stack) : errorOf(error, type)
  const location = /^(.*):(\d{1,9}):\d{1,9}$/.exec((values.get('location') ?? '').slice(0, 2_000))
  const test_file = location === null ? undefined : pathOf(location[1]!)
  const place = placeOf(read.error_stack)
  return {
    test_name: name,
    test_file,
    suite_name: suites.join(' > ') || undefined,
    error_type: type ?? read.error_type,
    error_message: messageOfFile(error.trim() || read.error_message, name),
    error_stack: read.error_stack,
    file_path: place.file_path ?? test_file,
    line_number: place.line_number ?? (location === null ? undefined : Number(location[2])),
    outcome: 'failed',
  }
}
