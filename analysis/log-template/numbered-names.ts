import { classOf, DIGIT } from './characters.ts'
import { isTermWithDigits } from './meanings.ts'
import { isRandomPart, isWordlike } from './randomness.ts'

/** Shorter ones are names whatever they look like: `a1b`, `r2d2`. */
const MIN_ID_CHARS = 5
/** `sda`, `eth`: as long as letters beside a number may be without being a word. */
const MAX_SHORT_CHARS = 3
const MAX_SMALL_DIGITS = 2
/** `v8flags`, `log4jappender`: with letters on both sides of a number one must be a word of some length. */
const MIN_WORD_CHARS = 4

/**
 * Letters and digits without a connector: a name with its number (`eth0`, `node12`, `log4jappender`), whose letters tell
 * what kind of thing it is, or an id in base 32 or so, whose letters tell nothing.
 *
 * @param switches how often letters and digits take turns
 */
export function isNameWithNumbers(text: string, start: number, end: number, switches: number): boolean {
  if (end - start < MIN_ID_CHARS || isTermWithDigits(text, start, end)) return true
  if (switches >= 3) return false
  let at = start
  let longest = 0
  let digits = 0
  let areWords = true
  while (at < end) {
    const isDigit = classOf(text.charCodeAt(at)) === DIGIT
    let run = at
    while (run < end && (classOf(text.charCodeAt(run)) === DIGIT) === isDigit) run++
    if (isDigit) digits += run - at
    else {
      // Of other scripts no table tells.
      if (text.charCodeAt(at) > 127 || text.charCodeAt(run - 1) > 127) return true
      longest = Math.max(longest, run - at)
      areWords &&= run - at < MAX_SHORT_CHARS || isWordlike(text, at, run)
      if (isRandomPart(text, at, run)) return false
    }
    at = run
  }
  if (switches === 2 && longest === 1 && digits === end - start - 1 && (text.charCodeAt(end - 1) | 0) <= 0x39) {
    return true // `80x25`
  }
  if (switches === 2) return areWords && longest >= MIN_WORD_CHARS
  // `3ware`, `12th`: a number comes first in few names.
  const isNumberFirst = classOf(text.charCodeAt(start)) === DIGIT
  if (areWords) return true
  // `awdl0`: with a small number four letters may be an abbreviation as well.
  return !isNumberFirst && longest <= (digits <= MAX_SMALL_DIGITS ? MIN_WORD_CHARS : MAX_SHORT_CHARS)
}
