import { classOf, isLetter } from './characters.ts'
import { LETTER_PAIRS } from './letter-pairs.ts'

/*
 * Is a run of letters a word, in whatever language and however abbreviated, or random? The sum over its pairs of letters
 * of how much likelier than by chance one follows the other says it: of words of eight letters one in a hundred and fifty
 * is taken for random behind a word's usual threshold, of random ones nine in ten are found.
 */

const FIRST = 0x61
const COLUMNS = 27
const BEGINNING = 0
const END = 26
/** `A` in the table. */
const LOWEST = -24

const scores = new Int8Array(COLUMNS * COLUMNS)
for (const [row, columns] of LETTER_PAIRS.entries()) {
  for (let column = 0; column < COLUMNS; column++)
    scores[row * COLUMNS + column] = columns.charCodeAt(column) - 0x41 + LOWEST
}

/** Long enough to tell, where nothing else speaks for an id. */
const MIN_FREE_CHARS = 8
const MIN_PREFIXED_CHARS = 6
/** Points for each letter, below which a run is random: from free-standing words to what stands where ids stand. */
const FREE = -1.2
const SHORT_PREFIXED = -1.2
const PREFIXED = -0.7

/** True for letters that are no word. With capitals only they are an abbreviation, unless they are very many. */
export function isRandomWord(text: string, start: number, end: number): boolean {
  const length = end - start
  return length >= MIN_FREE_CHARS && score(text, start, end) < FREE * length
}

/** The same where ids are usual: behind a prefix (`ord_`), or beside digits. */
export function isRandomPart(text: string, start: number, end: number): boolean {
  const length = end - start
  if (length < MIN_PREFIXED_CHARS) return false
  return score(text, start, end) < (length < MIN_FREE_CHARS ? SHORT_PREFIXED : PREFIXED) * length
}

/** Behind a short prefix that makes ids (`ord_`, `msg_`), what is not clearly a word is one. */
const MIN_KEYED_CHARS = 8
const KEYED = 0.3

/** True for a part of letters and digits, or of many letters, that stands behind such a prefix. */
export function isKeyedId(text: string, start: number, end: number): boolean {
  if (end - start < MIN_PREFIXED_CHARS) return false
  let digits = 0
  let isBehindDigit = false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7a) return false
    if (code <= 0x39) digits++
    else if (digits > 0) isBehindDigit = true
  }
  if (isBehindDigit) return true
  const letters = end - digits
  if (letters === start) return false
  return (
    letters - start >= (digits > 0 ? MIN_PREFIXED_CHARS : MIN_KEYED_CHARS) - 1 &&
    score(text, start, letters) < KEYED * (letters - start)
  )
}

const UNDERSCORE = 0x5f
const MAX_KEY_CHARS = 5

/** True right behind `ord_`: two to five letters and an underscore. */
export function isBehindKey(text: string, start: number, at: number): boolean {
  if (at - start < 3 || at - start > MAX_KEY_CHARS + 1 || text.charCodeAt(at - 1) !== UNDERSCORE) return false
  for (let index = start; index < at - 1; index++) if (!isLetter(classOf(text.charCodeAt(index)))) return false
  return true
}

/** True for letters that could be a word: used where the question is the other way round. */
export function isWordlike(text: string, start: number, end: number): boolean {
  return end - start >= 3 && score(text, start, end) >= 0
}

/** 0 for what holds other letters than a to z: no table tells. */
function score(text: string, start: number, end: number): number {
  let sum = 0
  let row = BEGINNING
  for (let at = start; at < end; at++) {
    const letter = (text.charCodeAt(at) | 0x20) - FIRST
    if (letter < 0 || letter > 25) return 0
    sum += scores[row + letter]!
    row = (letter + 1) * COLUMNS
  }
  return sum + scores[row + END]!
}
