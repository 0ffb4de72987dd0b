import { importance } from './importance.ts'
import { stem } from './stem.ts'
import { PHRASES, type Step } from './synonyms.ts'

/**
 * How much each kind of feature weighs beside a plain word, which is 1. Chosen by a search over 432 settings on
 * testing/retrieval/tuned.ts; held-out.ts is the check.
 */
const STEM = 1
/** A word that has a meaning shares its weight with it: "refused" is `refus` and what "declined" is, too. */
const STEM_WITH_MEANING = 0.4
const MEANING = 1
/** Two words in a row that mean something together are surer than one. */
const PHRASE = 1.25
/** Questions are about trouble more often than not; "connected" and "connection refused" part here. */
const TROUBLE = 1
/** An identifier as a whole, beside its words. */
const COMPOUND = 0.4
/** All letter n-grams of a word together, as the length of their vector: for typing errors and kindred words. */
const LETTERS = 0.5
const GRAM = 3
/** Words that carry nothing alone have their part in a meaning: the "no" of "no module named". */
const MEANING_OF_STOP_WORD = 0.5
/** So many words may stand between the words of a phrase: "turned the message down". */
const MAX_GAP = 2

export type Feature = readonly [name: string, weight: number]

/** All that a word adds whatever stands beside it. */
export interface WordFacts {
  readonly stem: string
  /** From 0 to 1, see `importance`. */
  readonly importance: number
  /** Where the phrases that begin with it go on. */
  readonly step: Step | undefined
  /** The stem and the letters, weighted. */
  readonly own: readonly Feature[]
}

export function factsOf(word: string): WordFacts {
  const root = stem(word)
  const weight = importance(word)
  const step = PHRASES.next.get(root)
  const share = step === undefined || step.meanings.length === 0 ? STEM : STEM_WITH_MEANING
  const own: Feature[] = weight === 0 ? [] : [[`s:${root}`, weight * share], ...grams(root, weight * LETTERS)]
  return { stem: root, importance: weight, step, own }
}

function grams(root: string, weight: number): Feature[] {
  const framed = `^${root}$`
  const count = Math.max(1, framed.length - GRAM + 1)
  return Array.from({ length: count }, (_, at) => [`g:${framed.slice(at, at + GRAM)}`, weight / Math.sqrt(count)])
}

/** The meanings of a text's words in their order, each once, with the most that any of its phrases weighs. */
export function meaningFeatures(words: readonly WordFacts[]): Feature[] {
  const weights = new Map<string, number>()
  let hasTrouble = false
  const take = (step: Step, weight: number) => {
    for (const { name, isTrouble } of step.meanings) {
      weights.set(name, Math.max(weights.get(name) ?? 0, weight))
      hasTrouble ||= isTrouble
    }
  }
  for (const [at, word] of words.entries()) {
    if (word.step === undefined) continue
    take(word.step, MEANING * (word.importance || MEANING_OF_STOP_WORD))
    for (const longer of phrasesFrom(words, at)) take(longer, PHRASE)
  }
  const features: Feature[] = [...weights].map(([name, weight]) => [`m:${name}`, weight])
  return hasTrouble ? [...features, ['trouble', TROUBLE]] : features
}

function* phrasesFrom(words: readonly WordFacts[], from: number): Generator<Step> {
  let step = words[from]!.step!
  let last = from
  for (let at = from + 1; at <= last + 1 + MAX_GAP && at < words.length; at++) {
    const next = step.next.get(words[at]!.stem)
    if (next === undefined) continue
    step = next
    last = at
    yield step
  }
}

export function compoundFeatures(compounds: readonly string[]): Feature[] {
  return [...new Set(compounds)].map(compound => [`c:${compound}`, COMPOUND])
}

/** The tenth time that a word stands there says less than the second. A root is exact on every machine, a log is not. */
export function sublinear(count: number): number {
  return Math.sqrt(count)
}
