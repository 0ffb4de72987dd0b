import { importance, isTrouble } from './importance.ts'
import { stem } from './stem.ts'
import { meaningsAt } from './synonyms.ts'
import { splitWords } from './words.ts'

/** How the parts of a word share its weight. Chosen on testing/retrieval/tuned.ts; held-out.ts is the check. */
const K = (name: string, value: number) => Number(process.env[name] ?? value)
const STEM = K('STEM', 1)
const STEM_WITH_MEANING = K('SWM', 0.75)
const MEANING = K('MEANING', 0.75)
const PHRASE = K('PHRASE', 1)
const COMPOUND = K('COMPOUND', 0.4)
const TROUBLE = K('TROUBLE', 0.8)
/** All n-grams of a word together, as the length of their vector. */
const LETTERS = K('LETTERS', 0.5)
const GRAM = K('GRAM', 3)

/** Adds one feature; a feature that comes again is counted once more. */
export type Add = (feature: string, weight: number) => void

/** Names the features of a text: stems, meanings, letter n-grams, whole identifiers. */
export function featuresOf(text: string, add: Add): void {
  const { words, compounds } = splitWords(text)
  const stems = words.map(stem)
  const counts = new Map<string, number>()
  const meanings = new Map<string, number>()
  const known = new Set<string>()
  let hasTrouble = false
  words.forEach((word, at) => {
    meaningsAt(stems, at, (found, length) => {
      for (const meaning of found) {
        const weight = length > 1 ? PHRASE : MEANING * (importance(word) || 0.5)
        meanings.set(meaning.name, Math.max(meanings.get(meaning.name) ?? 0, weight))
        hasTrouble ||= meaning.isTrouble
      }
      if (length === 1) known.add(word)
    })
    hasTrouble ||= isTrouble(word)
    if (importance(word) > 0) counts.set(word, (counts.get(word) ?? 0) + 1)
  })
  for (const [word, count] of counts) {
    addWord(word, importance(word) * sublinear(count), known.has(word) ? STEM_WITH_MEANING : STEM, add)
  }
  for (const [meaning, weight] of meanings) add(`m:${meaning}`, weight)
  for (const compound of new Set(compounds)) add(`c:${compound}`, COMPOUND)
  if (hasTrouble) add('trouble', TROUBLE)
}

/** The tenth time that a word stands there says less than the second. */
function sublinear(count: number): number {
  return 1 + Math.log(count)
}

function addWord(word: string, weight: number, share: number, add: Add): void {
  const root = stem(word)
  add(`s:${root}`, weight * share)
  const framed = `^${root}$`
  const grams = Math.max(1, framed.length - GRAM + 1)
  for (let at = 0; at < grams; at++) add(`g:${framed.slice(at, at + GRAM)}`, (weight * LETTERS) / Math.sqrt(grams))
}
