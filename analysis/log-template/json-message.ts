import { classOf, SPACE } from './characters.ts'

/*
 * A message that is a JSON object is what a structured logger wrote: it is recognised by the text of its message, and by
 * the type and the text of its error. The other members are what varies from one occurrence to the next, and which of
 * them there are is not what it is about.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

/** Loggers put the message last, behind a stack. */
const MAX_JSON_CHARS = 65_536

/** Ranks of what is read, in the order in which it is: the lower of two of a kind wins. */
export const MESSAGE_KEYS = ranked('message msg @message log.message log text short_message event body')
export const ERROR_KEYS = ranked('err error exception exc_info')
export const TYPE_KEYS = ranked('type name class kind code')

function ranked(keys: string): ReadonlyMap<string, number> {
  return new Map(keys.split(' ').map((key, rank) => [key, rank]))
}

/** Where the text that counts stands, by pairs of start and end; valid until the next call. `length` is 0 for none. */
export const spans = { length: 0, at: new Int32Array(6) }

interface Best {
  rank: number
  start: number
  end: number
}
const message: Best = { rank: 0, start: 0, end: 0 }
const error: Best = { rank: 0, start: 0, end: 0 }
const errorType: Best = { rank: 0, start: 0, end: 0 }
const errorText: Best = { rank: 0, start: 0, end: 0 }
const NONE = 99

/** Fills `spans` for a message that is a JSON object with a message in it. */
export function findJsonText(text: string): void {
  spans.length = 0
  if (text.charCodeAt(0) !== OPEN_BRACE) return
  for (const best of [message, error, errorType, errorText]) best.rank = NONE
  const limit = Math.min(text.length, MAX_JSON_CHARS)
  readMembers(text, 0, limit, false)
  if (message.rank === NONE) return
  add(message)
  if (error.rank === NONE) return
  if (text.charCodeAt(error.start) === OPEN_BRACE) {
    readMembers(text, error.start, error.end, true)
    if (errorType.rank !== NONE) add(errorType)
    if (errorText.rank !== NONE) add(errorText)
  } else add(error)
}

function add({ start, end }: Best): void {
  spans.at[spans.length++] = start
  spans.at[spans.length++] = end
}

/** Goes through the members of the object at `at`, as far as they are well formed. */
function readMembers(text: string, open: number, limit: number, isError: boolean): void {
  let at = skipSpace(text, open + 1)
  while (at < limit && text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at, limit)
    const colon = skipSpace(text, keyEnd + 1)
    if (text.charCodeAt(colon) !== COLON) return
    const start = skipSpace(text, colon + 1)
    const end = valueEnd(text, start, limit)
    if (end > limit) return
    // Most keys are none that count: the first letter says so before a string is made.
    if (keyEnd - at <= 14) take(text.slice(at + 1, keyEnd).toLowerCase(), text, start, end, isError)
    at = skipSpace(text, end)
    if (text.charCodeAt(at) !== COMMA) return
    at = skipSpace(text, at + 1)
  }
}

function take(key: string, text: string, start: number, end: number, isError: boolean): void {
  const code = text.charCodeAt(start)
  if (code === QUOTE) {
    if (isError) {
      better(errorType, TYPE_KEYS.get(key), start + 1, end - 1)
      better(errorText, MESSAGE_KEYS.get(key), start + 1, end - 1)
    } else {
      better(message, MESSAGE_KEYS.get(key), start + 1, end - 1)
      better(error, ERROR_KEYS.get(key), start + 1, end - 1)
    }
  } else if (code === OPEN_BRACE && !isError) better(error, ERROR_KEYS.get(key), start, end)
}

function better(best: Best, rank: number | undefined, start: number, end: number): void {
  if (rank === undefined || rank >= best.rank || end <= start) return
  best.rank = rank
  best.start = start
  best.end = end
}

/** The place of the closing quotation mark of the string at `at`, or past the limit. */
function stringEnd(text: string, at: number, limit: number): number {
  for (let index = at + 1; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index++
    else if (code === QUOTE) return index
  }
  return limit + 1
}

/** The place after the value at `at`, or past the limit. */
function valueEnd(text: string, at: number, limit: number): number {
  let depth = 0
  for (let index = at; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      index = stringEnd(text, index, limit)
      if (depth === 0) return index + 1
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) return index
      if (--depth === 0) return index + 1
    } else if (code === COMMA && depth === 0) return index
  }
  return limit + 1
}

function skipSpace(text: string, at: number): number {
  let index = at
  while (index < text.length && classOf(text.charCodeAt(index)) === SPACE) index++
  return index
}
