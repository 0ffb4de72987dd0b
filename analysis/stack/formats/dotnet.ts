import { namesAnError, readHeader } from '../header.ts'
import {
  addFrame,
  addToMessage,
  MAX_ERRORS,
  MAX_FRAME_CHARS,
  type OpenError,
  openError,
  type RawFrame,
} from '../parsed.ts'
import { splitPosition } from '../position.ts'

const END_OF_INNER = '--- End of inner exception stack trace ---'
const AGGREGATED = /^---> \(Inner Exception #(\d+)\) /
// `at` in English, and as .NET Framework prints it in German, French, Spanish and Russian.
const FRAME = /^(?:at|bei|à|en|в) /
/** What stands before a method's name: modifiers and a type, no sentence. */
const MODIFIERS = /^(?:(?:async|static|override|virtual|new|ref|readonly) )*[\w.+<>[\], ?()]*$/
/** Unity's own form, and the offset by which Mono is known. */
const UNITY = /^([\w.+<>`]+[.:][\w<>`.|]+) ?\([^()]*\) \(at (.*:\d+)\)$/
const MONO_OFFSET = /\) [[(]0x[0-9a-f]+[\])] in /
// The first of those that are sure enough to detect the format by.
export const FRAME_WORDS = ['bei ', 'à ', 'в ']

/**
 * .NET: headers first, outermost to innermost, joined by ` ---> `; then the innermost error's frames, then, after each
 * end-of-inner marker, those of the error around it. An AggregateException adds its further errors at the end, the
 * first of which repeats the cause.
 */
export function parseDotnet(lines: readonly string[]): OpenError | undefined {
  const open: OpenError[] = []
  let count = 0
  const begin = (text: string): void => {
    for (const piece of text.split(' ---> ')) {
      const header = readHeader(piece)
      if (header === undefined && open.length > 0) addToMessage(open.at(-1)!, piece)
      else if (count++ < MAX_ERRORS) open.push(openError(header?.type, header?.message ?? piece))
    }
  }
  // Where the errors of an aggregate's member begin in `open`.
  let member = -1
  let repeated = false

  for (const line of lines) {
    const closes = line.endsWith('<---')
    const body = (closes ? line.slice(0, -'<---'.length) : line).trim()
    if (body === '' && !closes) continue
    const frame = readFrame(body)
    const aggregated = AGGREGATED.exec(body)
    if (frame !== undefined) {
      if (open.length === 0) begin('')
      addFrame(open.at(-1)!, frame)
    } else if (body === END_OF_INNER) {
      if (open.length > Math.max(member + 1, 1)) fold(open)
    } else if (aggregated !== null && open.length > 0) {
      member = open.length
      repeated = aggregated[1] === '0'
      begin(body.slice(aggregated[0].length))
    } else if (body.startsWith('---> ') && open.length > 0) {
      begin(body.slice('---> '.length))
    } else if (open.length === 0) {
      // A logger's own words before the trace are no header; exceptions have a namespace or say what they are.
      const type = readHeader(body.split(' ---> ', 1)[0] ?? '')?.type ?? ''
      if (type.includes('.') || namesAnError(type)) begin(body)
    } else if (!body.startsWith('--- ') && open.at(-1)!.frames.length === 0) addToMessage(open.at(-1)!, body)
    if (closes && member > 0 && open.length > member) {
      while (open.length > member + 1) fold(open)
      const ended = open.pop()!
      if (!repeated) open.at(-1)!.members.push(ended)
      member = -1
    }
  }
  while (open.length > 1) fold(open)
  const outermost = open[0]
  if (outermost !== undefined) gather(outermost)
  return outermost
}

/** `at Namespace.Class.Method(Order o) in C:\src\Cart.cs:line 12` as a frame; undefined where the line is none. */
export function readFrame(body: string): RawFrame | undefined {
  const unity = body.length <= MAX_FRAME_CHARS ? UNITY.exec(body) : null
  if (unity !== null) {
    return { owner: '', name: unity[1]!.replace(/:(?=[^:]+$)/, '.'), ...splitPosition(unity[2]!) }
  }
  const word = FRAME.exec(body)?.[0]
  if (word === undefined) return undefined
  const open = body.indexOf('(', word.length)
  const close = body.indexOf(')', open)
  if (open < 0 || close < 0) return undefined
  const signature = body.slice(word.length, open)
  const isMono = signature.endsWith(' ') && MONO_OFFSET.test(body)
  if (signature.endsWith(' ') && !isMono) return undefined // V8's, whose place stands in the parentheses
  const name = withoutReturnType(signature.trim())
  if (name === '' || name.includes(' ')) return undefined
  const where = Math.max(body.indexOf(') in ', open), isMono ? body.indexOf('] in ', open) : -1)
  if (where < 0) return { owner: '', name, file: '', line: 0 }
  const location = body.slice(where + ') in '.length)
  const colon = location.lastIndexOf(':')
  const line = Number.parseInt(/\d+/.exec(location.slice(colon))?.[0] ?? '', 10) || 0
  return { owner: '', name, file: colon > 1 ? location.slice(0, colon) : location, line }
}

/** `async Task<decimal> Shop.Basket.TotalAsync`, as Ben.Demystifier writes it. Spaces in angle brackets are the type's. */
function withoutReturnType(signature: string): string {
  let depth = 0
  for (let i = signature.length - 1; i >= 0; i--) {
    const char = signature[i]
    if (char === '>') depth++
    else if (char === '<') depth--
    else if (char === ' ' && depth <= 0)
      return MODIFIERS.test(signature.slice(0, i)) ? signature.slice(i + 1) : signature
  }
  return signature
}

/** The innermost open error is read whole: it is the cause of the one around it. */
function fold(open: OpenError[]): void {
  const inner = open.pop()!
  const outer = open.at(-1)!
  outer.cause ??= inner
}

/** An aggregate's first error was read as its cause. */
function gather(error: OpenError): void {
  if (error.members.length === 0 || error.cause === undefined) return
  error.members.unshift(error.cause)
  delete error.cause
}
