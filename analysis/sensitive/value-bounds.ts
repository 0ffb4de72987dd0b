import { isFolder } from './secret-values.ts'

/** Where a value stands in its text, without its quotes. */
export interface Bounds {
  readonly start: number
  readonly end: number
  readonly quoted: boolean
}

/**
 * What ends a value, by how it is written. The ends are searched for, one character at a time: a repetition such as
 * `(?:[^"\\]|\\.)*` overflows the stack of the regular expression on a value of some megabytes.
 */
const END_OF_BARE = /[\s"'`\\&,;(){}[\]<>|]/g
const END_OF_ENCODED = /[\s"'`\\&,;(){}[\]<>|]|%2[026]/g
const END_OF_CREDENTIALS = /[\s"'`\\,;<>]/g
const END_OF_HEADER = /[\r\n"'`\\<>]/g
const END_OF_ELEMENT = /[<>]/g

const OPENING_QUOTE = /(\\*)(["'`])/y
const EARLIER_REDACTION = /\[REDACTED:[\w#-]{0,64}\]/y
const SCHEME = /[A-Za-z][\w-]{0,30}[ \t]{1,3}/y
const COOKIE_PAIR = /[^\s=;"']{1,256}=/y

/**
 * The value at `position`, behind `name` and `separator`; `undefined` where a text cannot hold one there.
 *
 * @param separator as it stands, trimmed: `=`, `:`, `=>`, `:=`, `%3D`, `>` behind an XML tag, '' behind a flag
 */
export function valueAt(text: string, position: number, name: string, separator: string): Bounds | undefined {
  if (separator === '>') {
    const value = bare(text, position, END_OF_ELEMENT)
    return text.startsWith('</', value.end) ? value : undefined
  }
  return quotedAt(text, position) ?? bareAt(text, position, name, separator)
}

/** The text between a quote and its partner, or the end: a text may be cut off. Quotes may be escaped, as in JSON in JSON. */
export function quotedAt(text: string, position: number): Bounds | undefined {
  OPENING_QUOTE.lastIndex = position
  const opening = OPENING_QUOTE.exec(text)
  if (opening === null) return undefined
  const start = OPENING_QUOTE.lastIndex
  if (opening[1] === '') return { start, end: closingQuote(text, start, opening[2]!), quoted: true }
  const closing = text.indexOf(opening[0], start)
  return { start, end: closing < 0 ? text.length : closing, quoted: true }
}

/** Where the next quote stands that no backslash escapes. */
function closingQuote(text: string, start: number, quote: string): number {
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + 1)) {
    let backslashes = 0
    while (at - backslashes > start && text[at - backslashes - 1] === '\\') backslashes++
    if (backslashes % 2 === 0) return at
  }
  return text.length
}

/** The same in SQL, where a quote is escaped by doubling it, and in some dialects by a backslash. */
export function closingSqlQuote(text: string, start: number): number {
  for (let at = closingQuote(text, start, "'"); at < text.length; at = closingQuote(text, at + 2, "'")) {
    if (text[at + 1] !== "'") return at
  }
  return text.length
}

function bareAt(text: string, position: number, name: string, separator: string): Bounds | undefined {
  if (isFolder(name, text.slice(position, position + 3))) return undefined
  if (separator === '%3D') return bare(text, position, END_OF_ENCODED)
  if (/authori[sz]ation$/i.test(name)) {
    const { end } = bare(text, after(SCHEME, text, position), END_OF_CREDENTIALS)
    return { start: position, end, quoted: false }
  }
  if (separator === ':' && /cookie$/i.test(name)) {
    return after(COOKIE_PAIR, text, position) === position ? undefined : bare(text, position, END_OF_HEADER)
  }
  return bare(text, position, END_OF_BARE)
}

function bare(text: string, position: number, delimiter: RegExp): Bounds {
  delimiter.lastIndex = after(EARLIER_REDACTION, text, position)
  const end = delimiter.exec(text)?.index ?? text.length
  return { start: position, end, quoted: false }
}

/** The end of what `pattern` matches at `position`, or `position`. */
function after(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position
  return pattern.test(text) ? pattern.lastIndex : position
}
