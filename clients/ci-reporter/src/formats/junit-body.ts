import { errorOf } from '../error-text.ts'
import type { TestFailure } from '../parsed.ts'
import { pythonError } from './pytest.ts'

type Read = Pick<TestFailure, 'error_type' | 'error_message' | 'error_stack' | 'file_path' | 'line_number'> & {
  /** The body is one whose message is known to be better than the attribute. */
  readonly isExact: boolean
}

/** The text of a <failure>, which every tool writes in its own way. */
export function errorOfBody(body: string, message: string, type: string | undefined, isGo = false): Read {
  const thrown = nodeCause(body)
  if (thrown !== undefined) return { ...errorOf(thrown, type), isExact: true }
  if (/^E {3}|^Traceback \(most recent call last\):$/m.test(body)) return { ...pythonError(body), isExact: true }
  if (/^=== RUN|^\s*--- FAIL: /m.test(body) || (isGo && body.trim() !== '') || isGoLine(body))
    return { ...goError(body), isExact: true }
  if (/^\S{1,500}\.php:\d{1,9}$/m.test(body)) return { ...phpError(body, type), isExact: true }
  const read = errorOf(body.trim() || message || 'failed', type)
  const stack = read.error_stack ?? (body.trim().includes('\n') ? body.trim() : undefined)
  return { ...read, error_stack: stack, isExact: false }
}

/** What was thrown was no error but a text. */
const QUOTED = /^(['"`])((?:\\.|(?!\1)[^\\])*)\1/s

/** node:test prints a wrapper around what was thrown; the cause is the error itself, indented by two. */
function nodeCause(body: string): string | undefined {
  if (!body.includes('ERR_TEST_FAILURE')) return undefined
  const start = body.indexOf('cause: ')
  if (start < 0) return undefined
  const text = body.slice(start + 'cause: '.length)
  const quoted = QUOTED.exec(text.slice(0, 8_192))
  if (quoted !== null) return quoted[2]!
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('}')) break
    // The properties of the error follow its last frame.
    const frame = line.startsWith('      at ') && line.endsWith(' {') ? line.slice(0, -2) : undefined
    lines.push((frame ?? line).replace(/^ {2}/, ''))
    if (frame !== undefined) break
  }
  // `AssertionError [ERR_ASSERTION]: …`, and in older releases `TypeError [Error]: …`.
  return lines.join('\n').replace(/^(\w{1,100}) \[\w{1,100}\]:/, '$1:')
}

/** What t.Log, t.Error and t.Fatal print, and a frame of a panic. */
const GO_SAID = /^\s+([\w./-]{1,400}_test\.go):(\d{1,9}): ?(.*)$/
const GO_FRAME = /^\s+(\S{1,400}\.go):(\d{1,9}) \+0x/
/** Go's own frames are the way to the failure. */
const GO_ROOT = /\/src\/(?:testing|runtime)\//
const MAX_LINE_CHARS = 2_000

/** Go's own lines say only that a test ran and failed; a panic, or what t.Error was given, is the message. */
function goError(body: string): Omit<Read, 'isExact'> {
  const lines = body.split('\n').map(line => line.slice(0, MAX_LINE_CHARS))
  const error_stack = body.trim()
  const panic = lines.find(line => line.startsWith('panic: '))
  if (panic !== undefined) {
    const said = panic.slice('panic: '.length).replace(/ \[recovered.*\]$/, '')
    const frame = GO_FRAME.exec(lines.find(line => GO_FRAME.test(line) && !GO_ROOT.test(line)) ?? '')
    return { error_type: 'panic', error_message: said || 'panic', error_stack, ...placeIn(frame) }
  }
  const own = lines.filter(line => line.trim() !== '' && !/^\s*(?:===|---) /.test(line))
  const said = own.map(line => (GO_SAID.exec(line)?.[3] ?? line).trim()).join('\n')
  // t.Fatal ends a test: what it says is the last thing.
  const last = GO_SAID.exec(own.filter(line => GO_SAID.test(line)).at(-1) ?? '')
  return { error_type: undefined, error_message: said || 'failed', error_stack, ...placeIn(last) }
}

/** What go-junit-report keeps of a test: the lines that it logged, indented. */
function isGoLine(body: string): boolean {
  return GO_SAID.test((body.split('\n').find(line => line.trim() !== '') ?? '').slice(0, MAX_LINE_CHARS))
}

const PHP_FRAME = /^(\S{1,500}\.php):(\d{1,9})$/

/** PHPUnit names the test first, then what was thrown, then the frames, the innermost first. */
function phpError(body: string, type: string | undefined): Omit<Read, 'isExact'> {
  const lines = body
    .trim()
    .split('\n')
    .map(line => line.trimEnd())
  const start = /^[\w\\]{1,300}::/.test(lines[0] ?? '') ? 1 : 0
  const first = lines.findIndex(line => PHP_FRAME.test(line))
  const said = lines.slice(start, first).join('\n').trim()
  const read = errorOf(said || 'failed', type)
  const place = PHP_FRAME.exec(lines[first] ?? '')
  return { ...read, error_type: read.error_type ?? type, error_stack: body.trim(), ...placeIn(place) }
}

function placeIn(match: RegExpExecArray | null): Pick<TestFailure, 'file_path' | 'line_number'> {
  return match === null ? {} : { file_path: match[1]!, line_number: Number(match[2]) }
}
