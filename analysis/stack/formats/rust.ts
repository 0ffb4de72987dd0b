import { addFrame, addToMessage, type OpenError, openError } from '../parsed.ts'
import { type Position, splitPosition } from '../position.ts'

const BACKTRACE = /^\s*(?:stack backtrace:|━+ BACKTRACE ━+)\s*$/i
const PANICKED = /^thread '.*' (?:\(\d+\) )?panicked at (.*)$/s
/** Causes are numbered as frames are: a frame is a path, and a sentence is none. */
const PATH = /^(?:<.*>|[\w$.{}#]+)(?:::\S.*|)$/
const FRAME = /^\s*\d+:\s+(?:0x[0-9a-f]+ - )?(\S.*)$/s

/**
 * Rust: `thread 'main' panicked at src/cart.rs:2:5:` with the message below (before 1.73 in the same line), then frames
 * as `6: shop::cart::total` and, with debug information, `at ./src/cart.rs:2:5`. Without a backtrace the panic's own
 * place is the only frame. Only the first panic is read: the next is a thread that waited for it. anyhow's and eyre's
 * reports have the same backtrace and a numbered list of causes above it.
 */
export function parseRust(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  let panickedAt: Position | undefined
  // Causes are numbered like frames; where a marker says that frames follow, only what comes after it is one.
  let reading = !lines.some(line => BACKTRACE.test(line))
  let pending = ''
  const flush = (at: Position): void => {
    if (pending !== '') addFrame(error, { owner: '', name: pending, ...at })
    pending = ''
  }

  for (const line of lines) {
    const panicked = PANICKED.exec(line)
    if (panicked !== null) {
      if (panickedAt !== undefined) break
      error.type = 'panic'
      panickedAt = readPanic(error, panicked[1]!)
      continue
    }
    if (BACKTRACE.test(line)) {
      reading = true
      continue
    }
    const body = line.trim()
    const numbered = reading ? FRAME.exec(line) : null
    const frame = numbered !== null && PATH.test(numbered[1]!.trim()) ? numbered : null
    if (frame !== null) {
      flush({ file: '', line: 0 })
      pending = frame[1]!.trim()
    } else if (pending !== '' && body.startsWith('at ')) flush(splitPosition(body.slice('at '.length)))
    else if (error.frames.length === 0 && pending === '') readMessage(error, body)
  }
  flush({ file: '', line: 0 })
  if (error.frames.length === 0 && panickedAt !== undefined) addFrame(error, { owner: '', name: '', ...panickedAt })
  return error.frames.length > 0 ? error : undefined
}

/** `'message', src/a.rs:1:2` (before 1.73) or `src/a.rs:1:2:`. */
function readPanic(error: OpenError, text: string): Position {
  const quoted = text.startsWith("'") ? text.lastIndexOf("', ") : -1
  if (quoted < 0) return splitPosition(text.endsWith(':') ? text.slice(0, -1) : text)
  const message = text.slice(1, quoted)
  addToMessage(error, message)
  error.type = panicType(message)
  return splitPosition(text.slice(quoted + 3))
}

/** Panics have no types, but those that the language raises itself begin in a fixed way. */
function panicType(message: string): string {
  const kind = LANGUAGE_PANICS.find(([start]) => message.startsWith(start))?.[1]
  return kind === undefined ? 'panic' : `panic: ${kind}`
}

const LANGUAGE_PANICS: readonly (readonly [start: string, kind: string])[] = [
  ['index out of bounds', 'index out of bounds'],
  ['called `Option::unwrap()` on a `None` value', 'unwrap of None'],
  ['called `Result::unwrap()` on an `Err` value', 'unwrap of Err'],
  ['called `Result::unwrap_err()` on an `Ok` value', 'unwrap of Ok'],
  ['assertion', 'assertion failed'],
  ['attempt to ', 'arithmetic'],
  ['already borrowed', 'already borrowed'],
  ['already mutably borrowed', 'already borrowed'],
  ['RefCell already', 'already borrowed'],
  ['byte index ', 'slice out of bounds'],
  ['range start index ', 'slice out of bounds'],
  ['range end index ', 'slice out of bounds'],
  ['slice index starts at ', 'slice out of bounds'],
  ['internal error: entered unreachable code', 'unreachable'],
  ['not implemented', 'not implemented'],
  ['not yet implemented', 'not implemented'],
]

function readMessage(error: OpenError, body: string): void {
  if (body === '' || body.startsWith('note: ') || body === 'Caused by:') return
  if (error.type === '' && body.startsWith('Error: ')) {
    error.type = 'Error'
    addToMessage(error, body.slice('Error: '.length))
  } else {
    addToMessage(error, body)
    if (error.type === 'panic') error.type = panicType(body)
  }
}
