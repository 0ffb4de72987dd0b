import { CONNECTOR, classAt, classOf, DIGIT, isAlphanumeric, isHex } from './characters.ts'
import { MIN_HEX_CHARS } from './chunks.ts'
import { HEX, ID, NUM, WORD } from './kinds.ts'
import { isTermWithDigits } from './meanings.ts'
import { isNameWithNumbers } from './numbered-names.ts'
import { isBehindKey, isKeyedId, isRandomPart, isWordlike } from './randomness.ts'
import { foldLast, push, tokens } from './tokens.ts'

const DASH = 0x2d

/**
 * Pushes a name with its numbers masked: `eth<num>`, `core.<num>`, `snapshot.<hex>`, `ord_<id>`. The letters tell what
 * kind of thing it is, and stay. A name with two ids in it (`basket-7c9d8f5b6d-xzqwv`) is one as a whole.
 */
export function pushMasked(text: string, start: number, end: number, spaced: number): void {
  const before = tokens.length
  let ids = 0
  let literal = start
  let space = spaced
  let at = start
  while (at < end) {
    const segment = segmentEnd(text, at, end)
    const isKeyed = isBehindKey(text, start, at) && !hasOnlyDigits(text, at, segment) && isKeyedId(text, at, segment)
    const hex = !isKeyed && isHexSegment(text, at, segment)
    const isId = isKeyed || (!hex && isIdSegment(text, at, segment, at > start, ids > 0))
    if (isId || hex || hasOnlyDigits(text, at, segment)) {
      if (isId || hex) ids++
      // A sign before the number belongs to it: block ids are as often negative as positive.
      const isSigned = at - literal >= 2 && text.charCodeAt(at - 1) === DASH && classAt(text, at - 2) === CONNECTOR
      const from = isSigned ? at - 1 : at
      space = pushLiteral(literal, from, space)
      push(isId ? ID : hex ? HEX : NUM, from, segment, space)
      space = 0
      literal = segment
    } else if (!isTermWithDigits(text, at, segment)) {
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
  if (ids > 1) foldLast(tokens.length - before, ID, end)
}

/** Behind another id a short run of letters is one as well: Kubernetes ends a pod's name with five. */
const MIN_SECOND_CHARS = 5
const MAX_SECOND_CHARS = 6

/** `n6c0qtct8` of `ord_n6c0qtct8`, `jwcrrhqkxy` of `ord_jwcrrhqkxy`: the letters of an id tell nothing. */
function isIdSegment(text: string, start: number, end: number, isBehind: boolean, isSecond: boolean): boolean {
  let switches = 0
  let digits = 0
  let wasDigit = classOf(text.charCodeAt(start)) === DIGIT
  for (let index = start; index < end; index++) {
    const isDigit = classOf(text.charCodeAt(index)) === DIGIT
    if (isDigit !== wasDigit) switches++
    if (isDigit) digits++
    wasDigit = isDigit
  }
  if (digits === end - start) return false
  if (digits > 0) return !isNameWithNumbers(text, start, end, switches)
  if (isSecond && end - start >= MIN_SECOND_CHARS && end - start <= MAX_SECOND_CHARS)
    return !isWordlike(text, start, end)
  return isBehind && isRandomPart(text, start, end)
}

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
