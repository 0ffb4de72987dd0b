import { classOf, DIGIT, isLetter, isUpper } from './characters.ts'
import { WILDCARD } from './skeleton.ts'

/*
 * When has a position proved variable? Templates that are equal but for one word are witnesses: each distinct word is
 * worth some points, and the more words the templates share, the fewer points it takes. Points only ever add up, and
 * nothing speaks against: so more templates can only join groups, never part them, and the order in which they came
 * cannot matter.
 */

/** A word of letters only. Four different ones in the same long sentence are values. */
const PLAIN_WORD = 10
/** A word like `orderService`, `x-real`, `my_queue`: named by somebody, so more often a value. */
const NAMED_WORD = 15
/** A word with a masked number in it, `node*`. */
const NUMBERED_WORD = 20
/** `RUNNING`, `JOB_SETUP`: states and events, which are what such a message is about. */
const STATE_WORD = 5
/** Another template has a recognised variable in that place. */
const WILDCARD_WITNESS = 35
/** The first word says what happened more often than to whom. */
const FIRST_WORD_SHARE = 0.5

/** How many points a word brings that stands at `position`. */
export function witnessPoints(word: string, position: number): number {
  if (word === WILDCARD) return WILDCARD_WITNESS
  const points = wordPoints(word)
  return position === 0 ? points * FIRST_WORD_SHARE : points
}

function wordPoints(word: string): number {
  if (word.length <= 2) return STATE_WORD
  let uppers = 0
  let lowers = 0
  let others = 0
  for (let at = 0; at < word.length; at++) {
    const cls = classOf(word.charCodeAt(at))
    if (word[at] === WILDCARD || cls === DIGIT) return NUMBERED_WORD
    if (isUpper(cls)) uppers++
    else if (isLetter(cls)) lowers++
    else others++
  }
  if (uppers > 1 && lowers === 0) return STATE_WORD
  return others > 0 || (uppers > 0 && lowers > 0 && !isCapitalised(word, uppers)) ? NAMED_WORD : PLAIN_WORD
}

function isCapitalised(word: string, uppers: number): boolean {
  return uppers === 1 && isUpper(classOf(word.charCodeAt(0)))
}

/** Points that prove a position, by how many words the templates share: never on one shared word's strength alone. */
const PROOF_BY_SHARED_WORDS = [Number.POSITIVE_INFINITY, 160, 80, 50, 40]

export function proofPoints(sharedWords: number): number {
  return PROOF_BY_SHARED_WORDS[Math.min(sharedWords, PROOF_BY_SHARED_WORDS.length - 1)]!
}
