import type { TestFailure } from './parsed.ts'

type ErrorText = Pick<TestFailure, 'error_type' | 'error_message' | 'error_stack'>
type Place = Pick<TestFailure, 'file_path' | 'line_number'>

/** Colours, as terminals take them. */
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g')

export function withoutColours(text: string): string {
  return text.replaceAll(ANSI, '')
}

/** Names of errors end so in JavaScript, Java, Python and .NET. */
const HEADER =
  /^(?:Uncaught )?((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception|Failure|Warning)\w*)(?: \[[\w.]+\])?(?::(?: (.*))?)?$/s
/** The name of an error is near the start; the pattern above must not search a line of any length for it. */
const MAX_HEADER_CHARS = 500

/** An error as a test runner prints it: `TypeError: x` and a stack, or any text. `type` is for a text without one. */
export function errorOf(text: string, type?: string): ErrorText {
  const plain = withoutColours(text).replaceAll('\r\n', '\n').trim()
  const lines = plain.split('\n')
  const first = lines[0] ?? ''
  const header = HEADER.exec(first.slice(0, MAX_HEADER_CHARS))
  const firstFrame = lines.findIndex(line => /^\s+at \S|^\s*File "/.test(line))
  const above = firstFrame < 0 ? lines : lines.slice(0, firstFrame)
  const message =
    header === null
      ? above.join('\n')
      : [`${header[2] ?? ''}${first.slice(MAX_HEADER_CHARS)}`, ...above.slice(1)].join('\n')
  return {
    error_type: header?.[1] ?? (type || undefined),
    error_message: message.trim() || header?.[1] || plain || type || 'failed',
    error_stack: firstFrame < 0 ? undefined : plain,
  }
}

/** All that node:test says of a file that does not load; without the file's name all of them would be one problem. */
export function messageOfFile(message: string, test: string | undefined): string {
  if (message !== 'test failed' || test === undefined) return message
  // Node 20 names a file by its whole path, which is another one on each machine.
  const file = /^(?:\/|[A-Za-z]:\\)/.test(test) ? test.split(/[\\/]/).at(-1) : test
  return `${file} failed, and the report does not say why`
}

/** Frames of these are the way to the failure, not its place. */
const FOREIGN =
  /node:|node_modules|\bat (?:async )?(?:java|javax|jdk|sun|junit|org\.junit|org\.testng|org\.opentest4j|org\.assertj|org\.hamcrest)\./
const MAX_FRAME_CHARS = 1_000

/** Where a stack first names a file of the project: the line to look at. */
export function placeOf(stack: string | undefined): Place {
  for (const whole of stack?.split('\n') ?? []) {
    const line = whole.slice(0, MAX_FRAME_CHARS).trimEnd()
    if (!/^\s+at /.test(line) || FOREIGN.test(line)) continue
    const place = placeOfFrame(line)
    if (place !== undefined) return place
  }
  return {}
}

/** `    at f (/app/a.ts:1:2)`, `    at /app/a.ts:1:2` and Java's `	at com.acme.Cart.total(Cart.java:8)`. */
function placeOfFrame(line: string): Place | undefined {
  const tail = /:(\d{1,9})(?::\d{1,9})?\)?$/.exec(line)
  if (tail === null) return undefined
  const before = line.slice(0, tail.index)
  const spaced = before.indexOf(' (')
  const open = spaced >= 0 ? spaced + 1 : line.endsWith(')') ? before.lastIndexOf('(') : -1
  const file = open >= 0 ? before.slice(open + 1) : before.replace(/^\s+at (?:async )?/, '')
  return /\.\w{1,6}$/.test(file) ? { file_path: pathOf(file), line_number: Number(tail[1]) } : undefined
}

/** A path of what may be a file URL. */
export function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file
  const path = file.slice('file://'.length).replace(/^\/(?=[A-Za-z]:)/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
