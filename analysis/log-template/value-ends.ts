import { classAt, classOf, DIGIT, digitsEnd, isAlphanumeric } from './characters.ts'
import { chunk } from './chunks.ts'
import { MAX_LOOKAHEAD_CHARS } from './limits.ts'

/* How far a value goes on behind the chunk that it begins with. */

const PLUS = 0x2b
const COMMA = 0x2c
const DASH = 0x2d
const DOT = 0x2e
const EQUALS = 0x3d
/** Plus, dash, dot, tilde. */
const BUILD_MARKS = new Set([PLUS, DASH, DOT, 0x7e])

const MAX_BUILD_CHARS = 40

/** `7.88.1-10+deb12u8`, `1.21.4+k3s1`: a version goes on behind a plus with the build that it is. */
export function buildEnd(text: string, start: number, end: number): number {
  if (!isBuildOf(text, start, end)) return end
  let at = end + 1
  while (at - end < MAX_BUILD_CHARS && (isAlphanumeric(classAt(text, at)) || BUILD_MARKS.has(text.charCodeAt(at)))) at++
  return at
}

export function isBuildOf(text: string, start: number, end: number): boolean {
  return text.charCodeAt(end) === PLUS && classAt(text, start) === DIGIT && isAlphanumeric(classAt(text, end + 1))
}

/** `1,234,567.89`: a number goes on behind a comma and three digits. */
export function thousandsEnd(text: string, start: number, end: number): number {
  if (end - start > 3) return end
  let at = end
  while (text.charCodeAt(at) === COMMA && digitsEnd(text, at + 1, 4) === at + 4) at += 4
  if (at > end && text.charCodeAt(at) === DOT) {
    const fraction = digitsEnd(text, at + 1, MAX_LOOKAHEAD_CHARS)
    if (fraction > at + 1) return fraction
  }
  return isAlphanumeric(classAt(text, at)) ? end : at
}

const MIN_BASE64_CHARS = 20

export function mayBeBase64(): boolean {
  return chunk.uppers > 0 && chunk.switches >= 1 && chunk.uppers < chunk.letters && chunk.dots === 0
}

/** Base64 with its own marks: `+` and `/` inside, `=` at the end. */
export function base64End(text: string, at: number, limit: number): number {
  let end = chunk.end
  let marks = 0
  while (end < limit) {
    const code = text.charCodeAt(end)
    if (code === 0x2b || code === 0x2f) marks++
    else if (!isAlphanumeric(classOf(code)) || code > 0x7a) break
    end++
  }
  while (text.charCodeAt(end) === EQUALS) end++
  const isPadded = text.charCodeAt(end - 1) === EQUALS && !isAlphanumeric(classAt(text, end))
  return end - at >= MIN_BASE64_CHARS && (marks > 0 || isPadded) ? end : -1
}
