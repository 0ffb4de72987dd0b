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
const END_OF_ENCODED = /[\s"'`\\&,;(){}[\]<>|]|%2[0267]|%7[Dd]/g
const END_OF_CREDENTIALS = /[\s"'`\\,;<>]/g
/** Their parameters are part of them: `Digest username="ann", response="…"`. */
const END_OF_PARAMETERS = /[\r\n\\<>}]/g
const WITH_PARAMETERS = /(?:digest|aws4-hmac-\w+|signature|oauth|hmac\w*)[ \t]/iy
const END_OF_HEADER = /[\r\n"'`\\<>]/g
const END_OF_ELEMENT = /[<>]/g
const CDATA = '<![CDATA['

/** Quotes, escaped as in JSON in JSON, and as they stand in JSON made by .NET, in HTML, and in URLs. */
const QUOTE = '\\\\{0,8}["\'`]|\\\\u002[27]|&quot;|&#3[49];|%2[27]'
/** What may stand between a separator and a quote: a string's prefix or its type, a wrapper's name. */
const BEFORE_QUOTE = '(?:[NbruEBR]|string\\(\\d{1,9}\\) |(?:Some|Just|Secret|SecretStr|String::from|PASSWORD)\\()?'
const OPENING_QUOTE = new RegExp(`${BEFORE_QUOTE}(${QUOTE})`, 'y')
const EARLIER_REDACTION = /\[REDACTED:[\w#-]{0,64}\]/y
const SCHEME = /[A-Za-z][\w-]{0,30}[ \t]{1,3}/y
/** What a template puts in later: `${NAME}`, `{{ name }}`, `$(name)`, `<name>`. */
const REFERENCE = /(?:\$\{[^{}]{0,60}\}|\{\{[^{}]{0,60}\}\}|\$\([^()]{0,60}\)|<[\w -]{0,40}>)/y
const COOKIE_PAIR = /[^\s=;"']{1,256}=/y
/** A line break before the value, perhaps an escaped one. */
const LINE_BREAK = /[ \t]{0,3}(?:\\?\r?\n|\\r\\n|\\n){1,2}[ \t]{0,16}/y
/** What stands alone on its line: no pair, no list, no sentence. */
const LONE_WORD = /[^\s"'`=:\\-][^\s"'`=:\\]{3,511}={0,2}(?=[ \t]{0,8}(?:[\r\n]|\\[rn]|$))/y

export const CLOSING_QUOTE = QUOTE

/**
 * The value at `position`, behind `name` and `separator`; `undefined` where a text cannot hold one there.
 *
 * @param separator as it stands, trimmed: `=`, `:`, `=>`, `:=`, `%3D`, `>` behind an XML tag, '' behind a flag
 */
export function valueAt(text: string, position: number, name: string, separator: string): Bounds | undefined {
  if (separator === '>') return elementAt(text, position)
  const broken = separator === '' ? position : after(LINE_BREAK, text, position)
  if (broken > position) return quotedAt(text, broken) ?? loneWordAt(text, broken)
  return quotedAt(text, position) ?? bareAt(text, position, name, separator)
}

function elementAt(text: string, position: number): Bounds | undefined {
  if (text.startsWith(CDATA, position)) {
    const start = position + CDATA.length
    const end = text.indexOf(']]>', start)
    return { start, end: end < 0 ? text.length : end, quoted: true }
  }
  const value = bare(text, position, END_OF_ELEMENT)
  return text.startsWith('</', value.end) ? value : undefined
}

function loneWordAt(text: string, position: number): Bounds | undefined {
  const end = after(LONE_WORD, text, position)
  return end === position ? undefined : { start: position, end, quoted: false }
}

/** The text between a quote and its partner, or the end: a text may be cut off. */
export function quotedAt(text: string, position: number): Bounds | undefined {
  OPENING_QUOTE.lastIndex = position
  const quote = OPENING_QUOTE.exec(text)?.[1]
  if (quote === undefined) return undefined
  const start = OPENING_QUOTE.lastIndex
  if (quote.length === 1) return { start, end: closingQuote(text, start, quote), quoted: true }
  const closing = text.indexOf(quote, start)
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
export function closingSqlQuote(text: string, start: number, quote = "'"): number {
  for (let at = closingQuote(text, start, quote); at < text.length; at = closingQuote(text, at + 2, quote)) {
    if (text[at + 1] !== quote) return at
  }
  return text.length
}

function bareAt(text: string, position: number, name: string, separator: string): Bounds | undefined {
  if (isFolder(name, text.slice(position, position + 3))) return undefined
  if (separator === '%3D' || separator === '%3A') return bare(text, position, END_OF_ENCODED)
  if (/authori[sz]ation$/i.test(name)) {
    WITH_PARAMETERS.lastIndex = position
    if (WITH_PARAMETERS.test(text)) return bare(text, position, END_OF_PARAMETERS)
    const { end } = bare(text, after(SCHEME, text, position), END_OF_CREDENTIALS)
    return { start: position, end, quoted: false }
  }
  if (separator === ':' && /cookie$/i.test(name)) {
    return after(COOKIE_PAIR, text, position) === position ? undefined : bare(text, position, END_OF_HEADER)
  }
  const reference = after(REFERENCE, text, position)
  if (reference > position) return { start: position, end: reference, quoted: false }
  return bare(text, position, END_OF_BARE)
}

function bare(text: string, position: number, delimiter: RegExp): Bounds {
  delimiter.lastIndex = after(EARLIER_REDACTION, text, position)
  const end = delimiter.exec(text)?.index ?? text.length
  return { start: position, end, quoted: false }
}

/** The end of what `pattern` matches at `position`, or `position`. */
export function after(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position
  return pattern.test(text) ? pattern.lastIndex : position
}
