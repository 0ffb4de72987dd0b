import { JSON_PAYLOAD, PUNCTUATION, QUOTED, WORD } from './kinds.ts'
import { isTextKey } from './meanings.ts'
import { closingQuote, jsonEnd, quoteLength, readsAsText, UNCLOSED } from './payloads.ts'
import { isMarkBack, kindBack, push, tokens } from './tokens.ts'

const EQUALS = 0x3d
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/** False once an object was seen that never closes: those that open behind it cannot close either. */
let mayHoldJson = true
/** Where a quotation closes that is read like the rest: that mark must not open the next one. */
let plainQuoteAt = -1

/** Forgets the last message. */
export function expectNoPayload(): void {
  mayHoldJson = true
  plainQuoteAt = -1
}

/** Pushes the JSON or the quotation that starts at `at`, and returns the place after it; -1 where none does. */
export function scanPayload(text: string, at: number, limit: number, spaced: number, code: number): number {
  // A message that is JSON from the start is the message: its keys and its text tell what it is about.
  if (mayHoldJson && at > 0 && (code === OPEN_BRACE || code === OPEN_BRACKET)) {
    const end = jsonEnd(text, at, limit)
    if (end === UNCLOSED) mayHoldJson = false
    else if (end > 0) {
      push(JSON_PAYLOAD, at, end, spaced)
      return end
    }
  }
  const length = at === plainQuoteAt ? 0 : quoteLength(text, at)
  return length > 0 ? scanQuotation(text, at, length, limit, spaced) : -1
}

function scanQuotation(text: string, at: number, length: number, limit: number, spaced: number): number {
  const close = closingQuote(text, at, length, limit)
  if (close < 0) return -1
  const start = at + length
  push(PUNCTUATION, at, start, spaced)
  if (isReadThrough(text, start, close, length)) {
    plainQuoteAt = close
    return start
  }
  push(QUOTED, start, close, 0)
  push(PUNCTUATION, close, close + length, 0)
  return close + length
}

/** True for quoted text that is read like the rest: keys, messages, sentences. The opening mark is pushed already. */
function isReadThrough(text: string, start: number, close: number, length: number): boolean {
  const isKey = text.charCodeAt(close + length) === COLON
  if (isKey && (isMarkBack(text, 2, OPEN_BRACE) || isMarkBack(text, 2, COMMA))) return true
  if (isMarkBack(text, 2, EQUALS) || isMarkBack(text, 2, COLON)) {
    // `"msg":"…"` has the key's own quotation mark in between.
    const back = kindBack(3) === PUNCTUATION ? 4 : 3
    const key = tokens.length - back
    if (kindBack(back) === WORD && isTextKey(text, tokens.starts[key]!, tokens.ends[key]!)) return true
  }
  return readsAsText(text, start, close)
}
