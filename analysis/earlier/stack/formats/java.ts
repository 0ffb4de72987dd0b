import { namesAnError, readHeader } from '../header.ts'
import { indentOf } from '../lines.ts'
import { addFrame, addToMessage, MAX_ERRORS, type OpenError, openError, type RawFrame } from '../parsed.ts'

/**
 * The JVM (Java, Kotlin, Scala, Android): `at module/package.Class.method(File.java:12)`, `Caused by:` at the depth of
 * the error it explains. `Suppressed:` errors are left out with all that hangs on them: what failed while cleaning up
 * says nothing about the bug, and comes and goes with the weather. Logback's root-first form has `Wrapped by:`.
 */
export function parseJava(lines: readonly string[]): OpenError | undefined {
  let outermost: OpenError | undefined
  let current: OpenError | undefined
  let suppressedAt = -1
  let count = 0

  for (const line of lines) {
    const indent = indentOf(line)
    const body = line.slice(indent)
    if (body === '' || count >= MAX_ERRORS) continue
    // What belongs to the suppressed error stands as deep as its own line, or deeper.
    if (suppressedAt >= 0 && indent >= suppressedAt) continue
    suppressedAt = -1
    const frame = readFrame(body)
    if (frame !== undefined) {
      current ??= outermost = openError()
      addFrame(current, frame)
    } else if (body.startsWith('Suppressed: ')) {
      suppressedAt = Math.max(indent, 1)
    } else if (body.startsWith('Caused by: ') && current !== undefined) {
      current.cause = named(body.slice('Caused by: '.length))
      current = current.cause
      count++
    } else if (body.startsWith('Wrapped by: ') && outermost !== undefined) {
      const wrapper = named(body.slice('Wrapped by: '.length))
      wrapper.cause = outermost
      outermost = current = wrapper
      count++
    } else if (current === undefined) {
      const header = readHeader(afterThread(body))
      if (header !== undefined) current = outermost = openError(header.type, header.message)
    } else if (indent === 0 && current.frames.length > 0 && namesAnError(readHeader(body)?.type ?? '')) {
      break
    } else if (current.frames.length === 0 && !body.startsWith('... ')) addToMessage(current, body)
  }
  return outermost
}

/** `at …(…)` as a frame; undefined where the line is none. */
export function readFrame(body: string): RawFrame | undefined {
  if (!body.startsWith('at ')) return undefined
  // Logback and Log4j append the jar: `at a.B.c(B.java:1) ~[orders-1.4.2.jar!/:?]`.
  const end = body.endsWith(')') ? body.length - 1 : body.lastIndexOf(') ')
  const open = body.lastIndexOf('(', end)
  if (end < 0 || open < 0) return undefined
  const qualified = withoutModule(body.slice(3, open))
  const dot = qualified.lastIndexOf('.')
  const colon = body.lastIndexOf(':', end)
  const hasLine = colon > open
  return {
    owner: qualified.slice(0, Math.max(dot, 0)),
    name: qualified.slice(dot + 1),
    file: body.slice(open + 1, hasLine ? colon : end),
    line: hasLine ? Number.parseInt(body.slice(colon + 1, end), 10) || 0 : 0,
  }
}

/** Drops `java.base@17/` and `app//`. The slash of a hidden class (`Cart$$Lambda/0x0000`) is not a module's. */
function withoutModule(qualified: string): string {
  const hidden = qualified.indexOf('$$Lambda')
  const slash = hidden < 0 ? qualified.lastIndexOf('/') : qualified.lastIndexOf('/', hidden)
  return qualified.slice(slash + 1)
}

function named(text: string): OpenError {
  const header = readHeader(text)
  return header === undefined ? openError('', text) : openError(header.type, header.message)
}

/** Drops `Exception in thread "main" `. */
function afterThread(body: string): string {
  if (!body.startsWith('Exception in thread "')) return body
  return body.slice(body.indexOf('" ', 'Exception in thread "'.length) + 2)
}
