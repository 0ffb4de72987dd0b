import { readHeader } from '../header.ts'
import { addFrame, addToMessage, MAX_ERRORS, MAX_FRAMES, type OpenError, openError, type RawFrame } from '../parsed.ts'
import { hasPosition, splitPosition } from '../position.ts'

// `undefined method 'total' for nil (NoMethodError)`
const TYPE_AT_END = / ?\(([A-Z][\w:]*)\)$/
// Rails: `ActionView::Template::Error (undefined method …):`
const RAILS = /^([A-Z][\w:]*) \((.*)\):?$/

interface Line extends RawFrame {
  /** What follows the frame on the error's own line: message and type. */
  readonly rest: string
}

/**
 * Ruby: `file:12:in 'Class#method'`, before 3.4 with a backquote and no class. The error's line is its first frame and
 * carries message and type; causes follow in the same form. Ruby 2.5 to 2.7 print to terminals with the innermost frame
 * last and numbered.
 */
export function parseRuby(lines: readonly string[]): OpenError | undefined {
  let outermost: OpenError | undefined
  let current: OpenError | undefined
  const upsideDown: RawFrame[] = []
  let count = 0

  for (const line of lines) {
    const body = line.trim()
    if (body === '') continue
    const numbered = /^\d+: from /.exec(body)
    const frame = readFrame(numbered === null ? body : body.slice(numbered[0].length))
    if (frame === undefined) {
      if (current === undefined) current = outermost = readName(body)
      else if (current.frames.length === 0) addToMessage(current, body)
      continue
    }
    if (numbered !== null) {
      upsideDown.push(frame)
      if (upsideDown.length > 2 * MAX_FRAMES) upsideDown.splice(0, MAX_FRAMES)
      continue
    }
    if (frame.rest !== '' && count++ < MAX_ERRORS) {
      const type = TYPE_AT_END.exec(frame.rest)
      const error = openError(type?.[1], type === null ? frame.rest : frame.rest.slice(0, type.index))
      if (current === undefined || current.frames.length === 0) outermost = error
      else current.cause = error
      current = error
    }
    current ??= outermost = openError()
    addFrame(current, { owner: '', name: frame.name, file: frame.file, line: frame.line })
    for (const outer of upsideDown.splice(0).reverse()) addFrame(current, outer)
  }
  if (upsideDown.length > 0 && outermost !== undefined) {
    for (const frame of upsideDown.reverse()) addFrame(outermost, frame)
  }
  return outermost
}

/** `from file:12:in 'method'` or `file:12:in 'method': message (Type)`; undefined where the line is none. */
export function readFrame(body: string): Line | undefined {
  const jruby = /^at (?:RUBY|rubyjit|\S*?)\.?([^.\s(]+)\((\S+\.rb):(\d+)\)$/.exec(body)
  if (jruby !== null) return { owner: '', name: jruby[1]!, file: jruby[2]!, line: Number(jruby[3]), rest: '' }
  const text = body.startsWith('from ') ? body.slice('from '.length) : body
  const label = labelStart(text)
  if (label < 0) {
    const bare = hasPosition(text) && (text !== body || /\.rb:\d+$/.test(text))
    return bare ? { owner: '', name: '', ...splitPosition(text), rest: '' } : undefined
  }
  const where = text.slice(0, label)
  if (!hasPosition(where)) return undefined
  const start = label + ":in '".length
  const end = text.indexOf("'", start)
  if (end < 0) return undefined
  const rest = text.startsWith(': ', end + 1) ? text.slice(end + 3) : ''
  return { owner: '', name: text.slice(start, end), ...splitPosition(where), rest }
}

function labelStart(text: string): number {
  const old = text.indexOf(':in `')
  return old < 0 ? text.indexOf(":in '") : old
}

function readName(body: string): OpenError | undefined {
  if (body.startsWith('Traceback ')) return undefined
  const rails = RAILS.exec(body)
  if (rails !== null) return openError(rails[1], rails[2])
  const header = readHeader(body)
  return header === undefined ? undefined : openError(header.type, header.message)
}
