import { classOf, DIGIT, isLetter, isUpper } from './characters.ts'
import { isTermWithDigits } from './meanings.ts'
import { carriesFailure, carriesOutcome } from './outcomes.ts'
import { NAME_SPACE, WILDCARD } from './units.ts'

/*
 * When has a position proved variable? Templates that are equal but for one word are witnesses: each distinct word is
 * worth some points, and the more words the templates share, the fewer points it takes. Points only ever add up, and
 * nothing speaks against: so more templates can only join groups, never part them, and the order in which they came
 * cannot matter.
 */

/** A word of letters only. Four different ones in the same long sentence are values. */
const PLAIN_WORD = 10
/** A word like `orderService`, `x-real`, `node*`: somebody's name for something. Two are enough in a sentence. */
const NAMED_WORD = 25
/** `RUNNING`, `JOB_SETUP`: states and events, which are what such a message is about. */
const STATE_WORD = 5
/** What happens to root is another event than what happens to whoever else. */
const NO_WITNESS = 'root'
/** Another template has a recognised variable in that place. */
const WILDCARD_WITNESS = 35
/** On top where a recognised variable and a word with a number stand in one place: `10.0.0.1` and `LOCAL(0)`. */
export const RECOGNISED_BESIDE_NUMBERED = 30
/** On top for each plain word in a place where a name stands, too: `orders-pool` and `inventory`. */
export const PLAIN_BESIDE_NAME = 10
/** The first word says what happened more often than to whom, unless it is a name. */
const FIRST_WORD_SHARE = 0.5

/** How many points a word brings that stands at `position`. */
export function witnessPoints(word: string, position: number): number {
  if (word === WILDCARD) return WILDCARD_WITNESS
  const points = wordPoints(word)
  return position === 0 && points < NAMED_WORD ? points * FIRST_WORD_SHARE : points
}

/** Points of a plain word, and not at the head of the line. */
export function isPlainWitness(points: number): boolean {
  return points === PLAIN_WORD
}

export function isNameWitness(points: number): boolean {
  return points === NAMED_WORD
}

function wordPoints(word: string): number {
  if (word === NO_WITNESS) return 0
  if (word.length <= 2) return STATE_WORD
  let uppers = 0
  let lowers = 0
  let others = 0
  for (let at = 0; at < word.length; at++) {
    const cls = classOf(word.charCodeAt(at))
    if (word[at] === WILDCARD || cls === DIGIT) return NAMED_WORD
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

/**
 * Points that prove one position, by how many words the templates share: never on one shared word's strength alone. Who
 * writes ten words around it twice has written one sentence.
 */
const SINGLE_PROOF = [Number.POSITIVE_INFINITY, 160, 80, 50, 40, 40, 40, 40, 30, 30, 20]
/** Points that prove two positions at once, in each: templates that differ twice are rarely of one statement by chance. */
const PAIR_PROOF = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 120, 80, 80, 60]

export function singleProof(sharedWords: number): number {
  return SINGLE_PROOF[Math.min(sharedWords, SINGLE_PROOF.length - 1)]!
}

export function pairProof(sharedWords: number): number {
  return PAIR_PROOF[Math.min(sharedWords, PAIR_PROOF.length - 1)]!
}

const FUNCTION_WORDS = new Set(
  'A An The and also any are been both does do each every had has its may might must only should some such there these they those we were which who whose would a after an and are as at be because been before but by can for from has have if in into is it no not of off on or out over per than that the then this to under until up via was were when while will with without'.split(
    ' ',
  ),
)

export function isFunctionWord(word: string): boolean {
  return FUNCTION_WORDS.has(word)
}

/** True for a word that names the value behind it, and so never is one. */
function isKey(unit: string): boolean {
  return unit.endsWith('=')
}

/** False for words that hold a sentence together, say how it went, name a value, or are variable already. */
export function mayBeValue(word: string): boolean {
  if (word === WILDCARD || isKey(word) || word.startsWith('<') || FUNCTION_WORDS.has(word)) return false
  if (isTermWithDigits(word, 0, word.length)) return false
  return !(word.includes(NAME_SPACE) ? carriesFailure(word) : carriesOutcome(word))
}

export function isNumbered(word: string): boolean {
  return word !== WILDCARD && word.includes(WILDCARD)
}
