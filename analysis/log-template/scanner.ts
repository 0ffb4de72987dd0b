import { ipv4End, ipv6End } from './addresses.ts'
import { classAt, classOf, digitsEnd, HARD, isAlphanumeric, isDigitAt, isLetter, LOWER, SPACE } from './characters.ts'
import { chunk, classify, readChunk } from './chunks.ts'
import { foldComparison, foldList, foldNumber, foldRestatement } from './folding.ts'
import { findJsonText, spans } from './json-message.ts'
import { CLASS, DURATION, HOST, IP, NUM, PATH, PUNCTUATION, placeholderAt, SIZE, VALUE } from './kinds.ts'
import { MAX_MESSAGE_CHARS } from './limits.ts'
import { isSlash, pathEnd } from './paths.ts'
import { expectNoName, scanAlphanumeric } from './scan-alphanumeric.ts'
import { expectNoPayload, isBehindRequest, scanPayload } from './scan-payload.ts'
import { clear, isFull, kindBack, push, pushTruncated, tokens } from './tokens.ts'
import { foldModule, isCommand } from './told-values.ts'

const EQUALS = 0x3d
const COLON = 0x3a
const SLASH = 0x2f
const BACKSLASH = 0x5c
const DASH = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const TILDE = 0x7e
const LESS = 0x3c
const ESCAPE = 0x1b
const SEMICOLON = 0x3b
/** `ESC [ 38 ; 2 ; 255 ; 255 ; 255 m` is the longest. */
const MAX_COLOR_CHARS = 20
const CLOSE_PARENTHESIS = 0x29
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
/** `......` and `.........` are the same rule between two words. */
const MAX_MARK_RUN = 3

/**
 * Splits a message into words, punctuation and typed variables, left to right in one pass, into `tokens`. Never throws;
 * time is linear in the length, which is bounded by MAX_MESSAGE_CHARS.
 */
export function scan(text: string): typeof tokens {
  clear()
  if (text.charCodeAt(0) === OPEN_BRACE) findJsonText(text)
  else spans.length = 0
  if (spans.length === 0) {
    scanRange(text, 0, text.length)
    return tokens
  }
  const length = spans.length
  for (let span = 0; span < length; span += 2) scanRange(text, spans.at[span]!, spans.at[span + 1]!)
  return tokens
}

function scanRange(text: string, from: number, to: number): void {
  expectNoName()
  expectNoPayload()
  const limit = scanLimit(text, from, to)
  let at = from
  let spaced = from > 0 ? 1 : 0
  while (at < limit && !isFull()) {
    const code = text.charCodeAt(at)
    const cls = classOf(code)
    if (cls === SPACE) {
      const end = code === ESCAPE ? colorEnd(text, at) : -1
      if (end < 0) spaced = 1
      at = end < 0 ? at + 1 : end
      continue
    }
    if (spaced === 1 && isBehindRequest()) {
      push(VALUE, at, limit, spaced)
      return
    }
    if (spaced === 0 && isCommand(text)) {
      push(VALUE, at, limit, spaced)
      return
    }
    if (cls >= LOWER) at = scanAlphanumeric(text, at, limit, spaced, cls)
    else {
      if (code !== EQUALS && code !== COLON && (code !== LESS || placeholderAt(text, at) >= 0)) expectNoName()
      const end = scanPayload(text, at, limit, spaced, code)
      at = end > 0 ? end : scanMark(text, at, limit, spaced, code)
    }
    spaced = 0
    foldList(text)
  }
  if (at < limit || limit < trimmedEnd(text, to)) pushTruncated(at)
}

/** The end of the message, or for one that is too long the last white space before the limit. */
function scanLimit(text: string, from: number, to: number): number {
  if (to - from <= MAX_MESSAGE_CHARS) return to
  let limit = from + MAX_MESSAGE_CHARS
  while (limit > from + MAX_MESSAGE_CHARS / 2 && classOf(text.charCodeAt(limit)) !== SPACE) limit--
  return limit
}

/** The end of a terminal's colour sequence (`ESC [ 31 ; 1 m`), which is no part of the message, or -1. */
function colorEnd(text: string, at: number): number {
  if (text.charCodeAt(at + 1) !== OPEN_BRACKET) return -1
  let end = at + 2
  while (end - at < MAX_COLOR_CHARS && (isDigitAt(text, end) || text.charCodeAt(end) === SEMICOLON)) end++
  return isLetter(classAt(text, end)) ? end + 1 : -1
}

function trimmedEnd(text: string, to: number): number {
  let length = to
  while (length > 0 && classOf(text.charCodeAt(length - 1)) === SPACE) length--
  return length
}

/** Everything that starts with neither a letter nor a digit, nor is a quotation or JSON. */
function scanMark(text: string, at: number, limit: number, spaced: number, code: number): number {
  const isInside = isAlphanumeric(classAt(text, at - 1))
  if (code === DASH || code === PLUS) {
    if (!isInside && isDigitAt(text, at + 1)) return scanSigned(text, at, limit, spaced)
  } else if (isSlash(code) || code === DOT || code === TILDE) {
    const isFree = !isInside || (spaced === 0 && (kindBack(1) === CLASS || kindBack(1) === HOST))
    if (code === BACKSLASH && digitsEnd(text, at + 1, 3) === at + 4) return pushMark(at, at + 4, spaced)
    if (isFree && !(code === SLASH && isDigitAt(text, at + 1) && ipv4End(text, at + 1) > 0)) {
      const end = pathEnd(text, at, limit)
      if (end > 0) {
        push(PATH, at, end, spaced)
        return end
      }
    }
  } else if (code === LESS) {
    const kind = placeholderAt(text, at)
    if (kind >= 0) {
      const end = text.indexOf('>', at) + 1
      push(kind, at, end, spaced)
      return end
    }
  } else if (code === COLON && !isInside && text.charCodeAt(at + 1) === COLON) {
    const end = ipv6End(text, at)
    if (end > 0) {
      push(IP, at, end, spaced)
      return end
    }
  }
  let end = at + 1
  while (end < limit && text.charCodeAt(end) === code) end++
  pushMark(at, Math.min(end, at + MAX_MARK_RUN), spaced)
  if (code === CLOSE_PARENTHESIS) {
    foldRestatement(text)
    foldModule(text)
  }
  return end
}

function pushMark(start: number, end: number, spaced: number): number {
  push(PUNCTUATION, start, end, spaced)
  return end
}

/** A sign before a number is part of it where no word or number stands right before the sign. */
function scanSigned(text: string, at: number, limit: number, spaced: number): number {
  const before = classAt(text, at - 1)
  if (before === SPACE || before === HARD) {
    readChunk(text, at + 1, limit)
    const kind = classify(text, at + 1)
    if (kind === NUM || kind === SIZE || kind === DURATION) {
      push(kind, at, chunk.end, spaced)
      if (kind === NUM) foldNumber(text)
      else foldComparison(text)
      return chunk.end
    }
  }
  return pushMark(at, at + 1, spaced)
}
