import { compoundFeatures, type Feature, factsOf, meaningFeatures, sublinear, type WordFacts } from './features.ts'
import { splitWords } from './words.ts'

/** Each feature falls on this many dimensions: two that share one by chance then still differ in the others. */
const PLACES = 3
/** What is known of a word is kept; a store of templates has a few thousand different ones. Then it starts anew. */
const MAX_KEPT_WORDS = 20_000

/** A word's own features, hashed: what to add at which dimension. */
interface KeptWord {
  readonly facts: WordFacts
  readonly places: Uint16Array
  readonly amounts: Float32Array
}

/**
 * Returns the function that gives the vector of a text, not yet of length one: signed feature hashing (Weinberger et
 * al. 2009). A pure function of the text and `dimensions`, which is at most 65,536.
 */
export function lexicalVectors(dimensions: number): (text: string) => Float32Array {
  const kept = new Map<string, KeptWord>()
  const known = (word: string): KeptWord => {
    const found = kept.get(word)
    if (found !== undefined) return found
    if (kept.size >= MAX_KEPT_WORDS) kept.clear()
    const facts = factsOf(word)
    const made = { facts, ...hashed(facts.own, dimensions) }
    kept.set(word, made)
    return made
  }
  return text => {
    const vector = new Float32Array(dimensions)
    const { words, compounds } = splitWords(text)
    const all = words.map(known)
    const counts = new Map<KeptWord, number>()
    for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const [word, count] of counts) addPlaces(vector, word, sublinear(count))
    for (const feature of meaningFeatures(all.map(word => word.facts))) addFeature(vector, feature)
    for (const feature of compoundFeatures(compounds)) addFeature(vector, feature)
    // A text without a word, "***" or "", has a place too: cosine distance knows no zero vector.
    if (vector.every(value => value === 0)) addFeature(vector, [`t:${text}`, 1])
    return vector
  }
}

function hashed(features: readonly Feature[], dimensions: number) {
  const places = new Uint16Array(features.length * PLACES)
  const amounts = new Float32Array(features.length * PLACES)
  let at = 0
  for (const feature of features) {
    eachPlace(feature, dimensions, (place, amount) => {
      places[at] = place
      amounts[at++] = amount
    })
  }
  return { places, amounts }
}

function addPlaces(vector: Float32Array, { places, amounts }: KeptWord, factor: number): void {
  for (let at = 0; at < places.length; at++) vector[places[at]!]! += amounts[at]! * factor
}

function addFeature(vector: Float32Array, feature: Feature): void {
  eachPlace(feature, vector.length, (place, amount) => {
    vector[place]! += amount
  })
}

function eachPlace([name, weight]: Feature, dimensions: number, add: (place: number, amount: number) => void): void {
  let hash = fnv1a(name)
  for (let nth = 0; nth < PLACES; nth++) {
    hash = mix(hash + nth)
    add((hash >>> 1) % dimensions, (hash & 1) === 0 ? weight : -weight)
  }
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

/** Spreads every bit over all of them, so that the place and the sign are independent (the finaliser of MurmurHash3). */
function mix(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
