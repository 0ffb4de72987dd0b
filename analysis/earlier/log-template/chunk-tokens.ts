import { CONNECTOR, classAt, classOf, DIGIT, isAlphanumeric, isHex, isLower } from './characters.ts'
import { MIN_HEX_CHARS } from './chunks.ts'
import { HEX, ID, NUM, WORD } from './kinds.ts'
import { push } from './tokens.ts'

const DASH = 0x2d

/**
 * Pushes a name with its numbers masked: `eth<num>`, `core.<num>`, `snapshot.<hex>`. The letters tell what kind of thing
 * it is, and stay.
 */
export function pushMasked(text: string, start: number, end: number, spaced: number): void {
  let literal = start
  let space = spaced
  let at = start
  while (at < end) {
    const segment = segmentEnd(text, at, end)
    const hex = isHexSegment(text, at, segment)
    const isRandom = !hex && (isRandomSegment(text, at, segment) || (at > start && isRandomSuffix(text, at, segment)))
    if (isRandom || hex || hasOnlyDigits(text, at, segment)) {
      // A sign before the number belongs to it: block ids are as often negative as positive.
      const isSigned = at - literal >= 2 && text.charCodeAt(at - 1) === DASH && classAt(text, at - 2) === CONNECTOR
      const from = isSigned ? at - 1 : at
      space = pushLiteral(literal, from, space)
      push(isRandom ? ID : hex ? HEX : NUM, from, segment, space)
      space = 0
      literal = segment
    } else {
      let run = at
      while (run < segment) {
        if (classOf(text.charCodeAt(run)) !== DIGIT) {
          run++
          continue
        }
        let digits = run
        while (digits < segment && classOf(text.charCodeAt(digits)) === DIGIT) digits++
        space = pushLiteral(literal, run, space)
        push(NUM, run, digits, space)
        space = 0
        literal = digits
        run = digits
      }
    }
    at = segment
    while (at < end && classOf(text.charCodeAt(at)) === CONNECTOR) at++
  }
  pushLiteral(literal, end, space)
}

const MIN_RANDOM_CHARS = 7
const MIN_RANDOM_SWITCHES = 3

/**
 * `n6c0qtct8` of `ord_n6c0qtct8`: letters and digits that take turns are an id in base 32 or so, and its letters tell
 * nothing. A name with a number (`node12`, `v8flags`, `x86`) changes between them twice at most.
 */
function isRandomSegment(text: string, start: number, end: number): boolean {
  if (end - start < MIN_RANDOM_CHARS) return false
  let switches = 0
  let wasDigit = classOf(text.charCodeAt(start)) === DIGIT
  for (let index = start + 1; index < end; index++) {
    const isDigit = classOf(text.charCodeAt(index)) === DIGIT
    if (isDigit !== wasDigit) switches++
    wasDigit = isDigit
  }
  return switches >= MIN_RANDOM_SWITCHES
}

const MIN_SUFFIX_CHARS = 8
/** English has five consonants in a row in compounds only (`watchstrap`). */
const MAX_CONSONANTS = 4

/**
 * `cbfdvb7tmk` of `shp_cbfdvb7tmk`: behind a connector, where names part their words, a segment this long with letters
 * behind its digits is an id in base 32 or so. With digits at its end only (`backend12`), it is one if it cannot be said.
 */
function isRandomSuffix(text: string, start: number, end: number): boolean {
  if (end - start < MIN_SUFFIX_CHARS) return false
  let hasDigit = false
  let isBehindDigit = false
  let consonants = 0
  let longest = 0
  for (let index = start; index < end; index++) {
    const cls = classOf(text.charCodeAt(index))
    if (cls !== DIGIT && !isLower(cls)) return false
    const isVowel = VOWELS.includes(text.charAt(index))
    consonants = cls === DIGIT || isVowel ? 0 : consonants + 1
    if (consonants > longest) longest = consonants
    if (cls === DIGIT) hasDigit = true
    else if (hasDigit) isBehindDigit = true
  }
  return isBehindDigit || longest > MAX_CONSONANTS
}

const VOWELS = 'aeiouy'

function pushLiteral(start: number, end: number, spaced: number): number {
  if (end <= start) return spaced
  push(WORD, start, end, spaced)
  return 0
}

function segmentEnd(text: string, at: number, end: number): number {
  let segment = at
  while (segment < end && isAlphanumeric(classOf(text.charCodeAt(segment)))) segment++
  return segment
}

function hasOnlyDigits(text: string, at: number, end: number): boolean {
  for (let index = at; index < end; index++) if (classOf(text.charCodeAt(index)) !== DIGIT) return false
  return true
}

function isHexSegment(text: string, at: number, end: number): boolean {
  if (end - at < MIN_HEX_CHARS) return false
  let digits = 0
  for (let index = at; index < end; index++) {
    const cls = classOf(text.charCodeAt(index))
    if (!isHex(cls)) return false
    if (cls === DIGIT) digits++
  }
  return digits > 0 && digits < end - at
}
