import { DISTRACTORS } from './distractors.ts'
import { HELD_OUT } from './held-out.ts'
import { TRADES } from './trades.ts'
import { type Pair, TUNED } from './tuned.ts'

export interface Recall {
  readonly at1: number
  readonly at5: number
  /** Mean of 1 / rank. */
  readonly mrr: number
  /** The questions whose template was not first, with its rank. */
  readonly missed: readonly string[]
}

/** Every template of the sets and of none: the haystack. */
export const TEMPLATES: readonly string[] = [
  ...new Set([...TUNED, ...HELD_OUT, ...TRADES].map(pair => pair[1]).concat(DISTRACTORS)),
]

/** Ranks all templates by cosine for each question; `embed` gives vectors of length one. */
export function recall(pairs: readonly Pair[], embed: (text: string) => Float32Array): Recall {
  const vectors = TEMPLATES.map(embed)
  const ranks = pairs.map(([question, template]) => {
    const asked = embed(question)
    const own = dot(asked, vectors[TEMPLATES.indexOf(template)]!)
    return 1 + vectors.filter(vector => dot(asked, vector) > own).length
  })
  const share = (limit: number) => ranks.filter(rank => rank <= limit).length / ranks.length
  return {
    at1: share(1),
    at5: share(5),
    mrr: ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length,
    missed: pairs.flatMap(([question], at) => (ranks[at] === 1 ? [] : [`${ranks[at]}: ${question}`])),
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0)
}

/** What any word-hash does: one dimension a word, no more. The mark to beat. */
export function wordHashBaseline(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
    let hash = 5381
    for (const char of word) hash = (Math.imul(hash, 33) ^ char.charCodeAt(0)) >>> 0
    vector[(hash >>> 1) % dimensions]! += (hash & 1) === 0 ? 1 : -1
  }
  return vector
}
