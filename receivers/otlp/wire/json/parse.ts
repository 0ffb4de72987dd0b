import { MalformedRequestError } from '../faults.ts'

/**
 * Brackets inside brackets in a whole body. A value of `max_nesting` levels takes four per level in OTLP/JSON, so only
 * hostile bodies get here; a deeper one cannot be written out again for `dead_letters` without overflowing the stack.
 */
const MAX_BRACKETS = 1000

/** From 2^53 on, JavaScript's numbers skip integers; that has 16 digits. */
const UNSAFE_DIGITS = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The body as JavaScript has it, but with every integer of 16 digits or more as its decimal text: protobuf's JSON takes
 * 64-bit integers as text or number, and as a number the last digits would be lost. Bytes that are not UTF-8 become
 * U+FFFD.
 * @throws MalformedRequestError
 */
export function parseJson(body: Buffer): unknown {
  const text = quoted(body, unsafeIntegers(body)).toString()
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedRequestError('the body is not valid JSON')
  }
}

/** Start and end, by turns, of the integers that would lose digits. */
function unsafeIntegers(body: Buffer): number[] {
  const found: number[] = []
  let depth = 0
  let at = 0
  while (at < body.length) {
    const byte = body[at]!
    if (byte === QUOTE) at = endOfString(body, at)
    else if (isDigit(byte)) {
      const end = endOfNumber(body, at)
      if (end - at >= UNSAFE_DIGITS && isInteger(body, at, end) && !isKey(body, end))
        found.push(isMinus(body, at - 1) ? at - 1 : at, end)
      at = end
    } else {
      at++
      if (byte === 0x7b || byte === 0x5b) depth++
      else if (byte === 0x7d || byte === 0x5d) depth--
      if (depth > MAX_BRACKETS) throw new MalformedRequestError(`the body nests deeper than ${MAX_BRACKETS} levels`)
    }
  }
  return found
}

/** `start` is at a quote; returns the index after the closing one. */
function endOfString(body: Buffer, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1
  return at + 1
}

function endOfNumber(body: Buffer, start: number): number {
  let at = start
  while (at < body.length && isNumberPart(body[at]!)) at++
  return at
}

/** Without leading zeroes, which JSON has not: such a body must stay wrong. */
function isInteger(body: Buffer, start: number, end: number): boolean {
  if (body[start] === 0x30) return false
  for (let at = start; at < end; at++) if (!isDigit(body[at]!)) return false
  return true
}

/** A number before a colon, with or without blanks between, is no JSON either. */
function isKey(body: Buffer, end: number): boolean {
  let at = end
  while (body[at]! <= 0x20) at++
  return body[at] === 0x3a
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Digits, '.', 'e', 'E', '+', '-'. */
function isNumberPart(byte: number): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d
}

function isMinus(body: Buffer, at: number): boolean {
  return body[at] === 0x2d
}

/** `body` with quotes around the ranges. */
function quoted(body: Buffer, ranges: number[]): Buffer {
  if (ranges.length === 0) return body
  const out = Buffer.allocUnsafe(body.length + ranges.length)
  let from = 0
  let length = 0
  for (const border of ranges) {
    length += body.copy(out, length, from, border)
    out[length++] = QUOTE
    from = border
  }
  body.copy(out, length, from)
  return out
}
