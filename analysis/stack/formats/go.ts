import { addFrame, addToMessage, type OpenError, openError } from '../parsed.ts'
import { splitPosition } from '../position.ts'

const PATH_LINE = /^\s+(\S.*\.(?:go|s|c):\d+)(?: \+0x[0-9a-f]+.*)?$/
/** The margin of the traces that cockroachdb/errors prints within its own. */
const NESTED = /^ *\| ?/
const GOROUTINE = /^goroutine \d+ [^[]*\[[^\]]*\]:$/
const PANIC =
  /^\s*(?:panic: |fatal error: |http: panic serving \S+: |\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d http: panic serving \S+: )/

/**
 * Go: a function line, then an indented `file.go:12 +0x1d`. Of a dump only the first goroutine is read: it is the one
 * that panicked. Frames above a `panic(` frame belong to deferred functions, which did not cause it, and are dropped.
 * `%+v` of github.com/pkg/errors prints the same pairs without arguments, root cause first; the first stack is read.
 */
export function parseGo(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  let inGoroutine = false
  const bare = lines.some(line => NESTED.test(line)) ? lines.map(line => line.replace(NESTED, '')) : lines
  for (let i = 0; i < bare.length; i++) {
    const line = bare[i]!
    if (GOROUTINE.test(line)) {
      if (inGoroutine && error.frames.length > 0) break
      // What stood above was the runtime's own stack.
      error.frames.length = 0
      inGoroutine = true
      continue
    }
    const path = PATH_LINE.exec(bare[i + 1] ?? '')?.[1]
    if (path !== undefined && line !== '' && !PATH_LINE.test(line)) {
      const name = functionOf(line)
      if (name === 'panic') error.frames.length = 0
      else addFrame(error, { owner: '', name, ...splitPosition(path) })
      i++
    } else if (error.frames.length > 0 && !inGoroutine && line.trim() !== '') break
    else if (error.frames.length === 0) readReason(error, line)
  }
  return error.frames.length > 0 || error.type !== '' ? error : undefined
}

/** `main.(*Cart).Total(0xc0000b2000, …)` and `created by main.main in goroutine 1` as the bare name. */
function functionOf(line: string): string {
  let text = line.trim()
  if (text.startsWith('created by ')) {
    text = text.slice('created by '.length)
    const by = text.lastIndexOf(' in goroutine ')
    return by < 0 ? text : text.slice(0, by)
  }
  return text.endsWith(')') ? text.slice(0, text.lastIndexOf('(')) : text
}

/** The first `panic:` is the bug; a second one comes from the function that handled it. */
function readReason(error: OpenError, line: string): void {
  if (error.type !== '' || line === '' || line.startsWith('[signal ')) return
  const match = PANIC.exec(line)
  if (match === null) {
    addToMessage(error, line)
    return
  }
  const reason = line.slice(match[0].length).replace(/ \[recovered.*\]$/, '')
  error.message = ''
  error.type = match[0].trimStart().startsWith('fatal error: ') ? `fatal error: ${kindOf(reason)}` : panicType(reason)
  addToMessage(error, reason)
}

function panicType(reason: string): string {
  const runtime = 'runtime error: '
  if (reason.startsWith(runtime)) return `${runtime}${kindOf(reason.slice(runtime.length))}`
  return RUNTIME_PANICS.find(kind => reason.startsWith(kind)) ?? 'panic'
}

/** What the runtime says without its own `runtime error:`. */
const RUNTIME_PANICS = [
  'assignment to entry in nil map',
  'interface conversion',
  'close of closed channel',
  'close of nil channel',
  'send on closed channel',
  'all goroutines are asleep',
  'sync: negative WaitGroup counter',
]

/** The constant beginning of a reason: `index out of range [5] with length 1` is `index out of range`. */
function kindOf(reason: string): string {
  const end = reason.search(/[[:\d"(]| - /)
  return (end < 0 ? reason : reason.slice(0, end)).trim()
}
