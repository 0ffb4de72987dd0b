import { classAt, classOf, isAlphanumeric, isDigitAt, isLetter, isUpper, SPACE } from './characters.ts'
import { MAX_QUOTED_CHARS } from './limits.ts'
import { carriesFailure } from './outcomes.ts'

const BACKSLASH = 0x5c
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const BACKTICK = 0x60

/** The length of the quotation mark at `at` (syslog daemons write `"` as `\042`), or 0 where there is none. */
export function quoteLength(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK || code === 0x201c || code === 0x2018)
    return 1
  if (code !== BACKSLASH) return 0
  if (text.startsWith('\\042', at) || text.startsWith('\\047', at)) return 4
  const escaped = text.charCodeAt(at + 1)
  return escaped === DOUBLE_QUOTE || escaped === SINGLE_QUOTE ? 2 : 0
}

/**
 * Where the quotation that opens at `at` closes: the place of the closing mark, or -1. A mark between two letters is an
 * apostrophe and closes nothing.
 */
export function closingQuote(text: string, at: number, length: number, limit: number): number {
  if (isAlphanumeric(classAt(text, at - 1))) return -1
  const from = at + length
  const until = Math.min(limit, from + MAX_QUOTED_CHARS)
  if (length > 1) {
    const mark = text.slice(at, from)
    const close = text.slice(from, until).indexOf(mark)
    return close < 0 ? -1 : from + close
  }
  const open = text.charCodeAt(at)
  for (let index = from; index < until; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index++
    else if (closes(open, code)) return isAlphanumeric(classAt(text, index + 1)) ? -1 : index
  }
  return -1
}

function closes(open: number, code: number): boolean {
  if (open === 0x201c) return code === 0x201d
  if (open === 0x2018) return code === 0x2019
  // GNU tools of old quote `like this'.
  return code === open || (open === BACKTICK && code === SINGLE_QUOTE)
}

/** More words than this between quotes are a sentence or a statement, not a value. */
const MAX_QUOTED_WORDS = 3

/** True where quoted text is to be read like the rest: sentences and statements. */
export function readsAsText(text: string, start: number, end: number): boolean {
  let words = 1
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === 0x20) words++
  return words > MAX_QUOTED_WORDS && !isUserAgent(text, start)
}

/** The end of the letters, underscores and dots from `start` on. */
export function wordEnd(text: string, start: number, end: number): number {
  let at = start
  while (at < end && (isLetter(classAt(text, at)) || text.charCodeAt(at) === 0x5f || text.charCodeAt(at) === 0x2e)) at++
  return at
}

/** True where one of a few quoted words says how something went. */
export function holdsOutcome(text: string, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const word = wordEnd(text, at, end)
    if (word > at && isSingle(text, word, end) && carriesFailure(text.slice(at, word))) return true
    at = Math.max(word, at + 1)
    while (at < end && classAt(text, at - 1) !== SPACE) at++
  }
  return false
}

/** True where a word ends as words of a sentence do, not as the parts of a path or a name. */
function isSingle(text: string, at: number, end: number): boolean {
  return at === end || classAt(text, at) === SPACE || text.charCodeAt(at) === 0x2c || text.charCodeAt(at) === 0x3a
}

/** `Mozilla/5.0 (…) …`: a product with its version comes first, and as many others as there are browsers. */
export function isUserAgent(text: string, start: number): boolean {
  let at = start
  while (isAlphanumeric(classAt(text, at)) && at - start < MAX_PRODUCT_CHARS) at++
  return at > start && text.charCodeAt(at) === 0x2f && isDigitAt(text, at + 1)
}

const MAX_PRODUCT_CHARS = 32

/** `GET /x`, `POST http://x`, of whatever method. */
export function isRequestLine(text: string, start: number): boolean {
  let at = start
  while (at - start < 8 && isUpper(classAt(text, at))) at++
  if (at - start < 3 || text.charCodeAt(at) !== 0x20) return false
  const target = text.charCodeAt(at + 1)
  return target === 0x2f || target === 0x3c || text.startsWith('http', at + 1)
}

/** What `jsonEnd` answers where the object or array never closes: nothing that opens later can close either. */
export const UNCLOSED = -2

/** The end of the JSON object or array (or Python's notation of one) at `at`; -1 where none starts; or UNCLOSED. */
export function jsonEnd(text: string, at: number, limit: number): number {
  if (!startsJson(text, at)) return -1
  let depth = 0
  for (let index = at; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      index = stringEnd(text, index, code, limit)
      if (index < 0) return UNCLOSED
    } else if (code === 0x7b || code === 0x5b) depth++
    else if (code === 0x7d || code === 0x5d) {
      depth--
      if (depth === 0) return index + 1
    }
  }
  return UNCLOSED
}

function stringEnd(text: string, at: number, quote: number, limit: number): number {
  for (let index = at + 1; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index++
    else if (code === quote) return index
  }
  return -1
}

/** `{"key":`, `{'key':`, `[{"`, `["`: what prose and dumped objects of other kinds do not begin with. */
function startsJson(text: string, at: number): boolean {
  let next = skipSpace(text, at + 1)
  if (text.charCodeAt(at) === 0x5b && text.charCodeAt(next) === 0x7b) next = skipSpace(text, next + 1)
  const code = text.charCodeAt(next)
  return code === DOUBLE_QUOTE || (code === SINGLE_QUOTE && text.charCodeAt(at) === 0x7b)
}

function skipSpace(text: string, at: number): number {
  let index = at
  while (index < text.length && index - at < 4 && classOf(text.charCodeAt(index)) === SPACE) index++
  return index
}
