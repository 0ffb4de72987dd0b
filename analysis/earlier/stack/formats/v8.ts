import { namesAnError, readHeader } from '../header.ts'
import { indentOf } from '../lines.ts'
import { addFrame, addToMessage, MAX_ERRORS, type OpenError, openError, type RawFrame } from '../parsed.ts'
import { hasPosition, splitPosition } from '../position.ts'

interface Nested {
  readonly error: OpenError
  readonly indent: number
}

/**
 * V8 (Node.js, Deno, Bun, Chrome, Edge, Hermes): `at function (file:line:column)`. Causes come as `util.inspect` prints
 * them, indented under `[cause]:` and `[errors]: [`, or as loggers do, under `Caused by:`. A cause that `inspect` cut
 * short or that is no error has no frames and does no harm.
 */
export function parseV8(lines: readonly string[]): OpenError | undefined {
  let root: OpenError | undefined
  const open: Nested[] = []
  const groups: Nested[] = []
  let count = 0
  const begin = (text: string, indent: number): OpenError => {
    const header = readHeader(text.startsWith('[') ? trimEnd(text.slice(1), ' {,]') : trimEnd(text, ' {,'))
    const error = openError(header?.type, header?.message)
    open.push({ error, indent })
    count++
    return error
  }

  for (const [i, line] of lines.entries()) {
    const indent = indentOf(line)
    const body = line.slice(indent)
    if (body === '' || count >= MAX_ERRORS) continue
    const frame = readFrame(body)
    if (frame !== undefined) {
      root ??= begin('', indent)
      addFrame(open.at(-1)!.error, frame)
    } else if (root === undefined) {
      if (readHeader(trimEnd(body.startsWith('[') ? body.slice(1) : body, ' {]')) !== undefined)
        root = begin(body, indent)
    } else if (indent === 0 && open[0]!.error.frames.length > 0 && isAnotherError(body)) {
      break
    } else if (body.startsWith('[cause]: ')) {
      const parent = parentAt(open, indent) ?? root
      parent.cause ??= begin(body.slice('[cause]: '.length), indent)
    } else if (isCausedBy(body)) {
      const parent = open.at(-1)!.error
      parent.cause ??= begin(body.slice(body.indexOf(':') + 1).trimStart(), indent)
    } else if (body.startsWith('[errors]: [')) {
      groups.push({ error: parentAt(open, indent) ?? root, indent })
    } else if (groups.length > 0) {
      const group = groups.at(-1)!
      if (body.startsWith(']') && indent <= group.indent) groups.pop()
      else if (indent > group.indent && startsMember(body, lines[i + 1])) group.error.members.push(begin(body, indent))
    } else if (open.at(-1)!.error.frames.length === 0) addToMessage(open.at(-1)!.error, body)
  }
  return root
}

/** `at …` as a frame; undefined where the line is none. */
export function readFrame(body: string): RawFrame | undefined {
  if (!body.startsWith('at ')) return undefined
  let rest = trimEnd(body.slice(3), ' {},]')
  if (rest.startsWith('async ')) rest = rest.slice('async '.length)
  const open = rest.indexOf(' (')
  if (open > 0 && rest.endsWith(')')) return frameAt(rest.slice(0, open), rest.slice(open + 2, -1))
  if (rest.startsWith('eval at ')) return frameAt('', rest)
  if (hasPosition(rest) || rest === '<anonymous>' || rest === 'native') return frameAt('', rest)
  return rest.includes('wasm-function[') ? frameAt('', rest) : undefined
}

function frameAt(name: string, location: string): RawFrame {
  if (location.startsWith('eval at ')) return evalFrame(name, location)
  let place = location.startsWith('address at ') ? location.slice('address at '.length) : location
  const wasm = place.indexOf('wasm-function[')
  if (wasm >= 0) place = place.slice(0, wasm).replace(/:$/, '') || 'wasm://'
  return { owner: '', name, ...splitPosition(place) }
}

/** Code made at run time belongs where it was made: `eval at load (src/rules.js:3:4), <anonymous>:1:2`. */
function evalFrame(name: string, location: string): RawFrame {
  const innermost = location.lastIndexOf('(')
  const end = location.indexOf(')', innermost)
  const origin = innermost < 0 || end < 0 ? '' : location.slice(innermost + 1, end)
  return { owner: '', name: name === 'eval' ? '' : name, ...splitPosition(origin) }
}

/** A second trace in the same text. It is not ours to guess how the two belong together. */
function isAnotherError(body: string): boolean {
  const header = readHeader(body)
  return header !== undefined && namesAnError(header.type)
}

function isCausedBy(body: string): boolean {
  return /^caused by:? ?/i.test(body) && body.includes(':')
}

function startsMember(body: string, next: string | undefined): boolean {
  const bare = body.startsWith('[') ? body.slice(1) : body
  const header = readHeader(trimEnd(bare, ' {,]'))
  if (header === undefined) return false
  return namesAnError(header.type) || next?.trimStart().startsWith('at ') === true
}

/** The error whose braces stand open around a property at `indent`. Those that are closed by then are let go. */
function parentAt(open: Nested[], indent: number): OpenError | undefined {
  while (open.length > 1 && open.at(-1)!.indent >= indent) open.pop()
  return open.at(-1)?.error
}

function trimEnd(text: string, set: string): string {
  let end = text.length
  while (end > 0 && set.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}
