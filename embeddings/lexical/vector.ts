import { featuresOf } from './features.ts'

/** Each feature falls on this many dimensions: two that share one by chance then still differ in the others. */
const PLACES = 3

/** The vector of a text: signed feature hashing (Weinberger et al. 2009), not yet of length one. */
export function lexicalVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  const add = (feature: string, weight: number) => {
    let hash = fnv1a(feature)
    for (let place = 0; place < PLACES; place++) {
      hash = mix(hash + place)
      vector[(hash >>> 1) % dimensions]! += (hash & 1) === 0 ? weight : -weight
    }
  }
  featuresOf(text, add)
  // A text without a word, "***" or "", has a place too: cosine distance knows no zero vector.
  if (vector.every(value => value === 0)) add(`t:${text}`, 1)
  return vector
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
