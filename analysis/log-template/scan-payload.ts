import { isErrorName } from './chunks.ts'
import { isBehindSourcePlace } from './codes.ts'
import { JSON_PAYLOAD, NUM, PUNCTUATION, QUOTED, WORD } from './kinds.ts'
import { isStateKey, isTextKey } from './meanings.ts'
import { saysOutcome } from './outcomes.ts'
import {
  closingQuote,
  holdsOutcome,
  isRequestLine,
  isUserAgent,
  jsonEnd,
  quoteLength,
  readsAsText,
  UNCLOSED,
  wordEnd,
} from './payloads.ts'
import { isRandomPart } from './randomness.ts'
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
/** Where the quoted request line of an access log closes. */
let requestEnd = -1

/** Forgets the last message. */
export function expectNoPayload(): void {
  mayHoldJson = true
  plainQuoteAt = -1
  requestEnd = -1
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

/** True behind a quoted request line and its status: what follows in an access log are figures and names. */
export function isBehindRequest(): boolean {
  return (
    requestEnd >= 0 &&
    kindBack(1) === NUM &&
    kindBack(2) === PUNCTUATION &&
    tokens.ends[tokens.length - 2] === requestEnd
  )
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
  push(isStateWord(text, start, close, length) ? WORD : QUOTED, start, close, 0)
  push(PUNCTUATION, close, close + length, 0)
  return close + length
}

/** True for quoted text that is read like the rest: keys, messages, sentences. The opening mark is pushed already. */
function isReadThrough(text: string, start: number, close: number, length: number): boolean {
  const isKey = text.charCodeAt(close + length) === COLON
  if (isKey && (isMarkBack(text, 2, OPEN_BRACE) || isMarkBack(text, 2, COMMA))) return true
  const key = keyBack(text)
  if (key >= 0 && isTextKey(text, tokens.starts[key]!, tokens.ends[key]!)) return true
  const isValue = isMarkBack(text, 2, EQUALS) || isMarkBack(text, 2, COLON)
  if (isRequestLine(text, start)) {
    // `…, request: "GET /x"` says of a failure where it happened; at the head of a line it is what happened.
    if (isValue && tokens.length > MAX_HEAD_TOKENS) return false
    requestEnd = close + length
    return true
  }
  if (readsAsText(text, start, close)) return true
  if (wordEnd(text, start, close) === close) return false
  // klog's message comes quoted behind the place of the call: `kubelet.go:2421] "SyncLoop ADD"`.
  return (!isValue && isMessagePlace(text) && !isUserAgent(text, start)) || holdsOutcome(text, start, close)
}

/** A time, a host, a level. */
const MAX_HEAD_TOKENS = 8

/** The opening quotation mark is pushed already: what counts is what stands before it. */
function isMessagePlace(text: string): boolean {
  tokens.length--
  const isMessage = tokens.length === 0 || isBehindSourcePlace(text)
  tokens.length++
  return isMessage
}

/** The word that names the quoted value, `key="…"` or `"key":"…"`, or -1. */
function keyBack(text: string): number {
  if (!isMarkBack(text, 2, EQUALS) && !isMarkBack(text, 2, COLON)) return -1
  // `"msg":"…"` has the key's own quotation mark in between.
  const back = kindBack(3) === PUNCTUATION ? 4 : 3
  return kindBack(back) === WORD ? tokens.length - back : -1
}

/** In quotation marks these say how somebody asked or that there is no value, not what happened. */
const NO_STATES = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'none', 'None', 'NONE'])

/** `"success"`, `"DENIED"`, `"TypeError"`, `state="draining"`: one word that says what happened is no value. */
function isStateWord(text: string, start: number, close: number, length: number): boolean {
  if (length > 2 || close === start || wordEnd(text, start, close) !== close) return false
  if (NO_STATES.has(text.slice(start, close))) return false
  if (saysOutcome(text, start, close) || isErrorName(text, close)) return true
  const key = keyBack(text)
  return key >= 0 && isStateKey(text, tokens.starts[key]!, tokens.ends[key]!) && !isRandomPart(text, start, close)
}
