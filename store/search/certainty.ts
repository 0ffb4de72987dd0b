import type { Background, Fused } from './fuse.ts'

/** How sure it is that a hit is about the question. */
export type Certainty = 'high' | 'medium' | 'low'

/**
 * What a score has to exceed by how much. With a background: the best that chance alone brings among so many vectors,
 * which grows with their number; without one: nothing. Set on the built-in table and 290 questions, each asked with its
 * answer in the store and without it: where both are as frequent, `high` is right three times of four, `medium` every other
 * time, `low` one time of nine (docs/decisions/search-scores.md).
 */
const ABOVE_CHANCE = { high: 2, medium: 0.6 }
const LITERAL = { high: 3, medium: 0.3 }
/** Below it a hit of meaning alone is left out: it is no nearer than many. */
const FLOOR = 1.5

export function certaintyOf(score: number, background: Background | undefined): Certainty {
  const chance = background === undefined ? 0 : Math.sqrt(2 * Math.log(Math.max(2, background.count)))
  const { high, medium } = background === undefined ? LITERAL : ABOVE_CHANCE
  if (score >= chance + high) return 'high'
  return score >= chance + medium ? 'medium' : 'low'
}

/** What was found by meaning alone has to stand out; a word in common is a reason to be told. */
export function isRelevant({ score, matched }: Pick<Fused, 'score' | 'matched'>): boolean {
  return score >= FLOOR || Object.keys(matched).some(way => way !== 'meaning')
}

/** What an answer says whose best hit is not sure. */
export function doubtOf(best: Certainty | undefined): string | undefined {
  if (best !== 'low') return undefined
  return 'nothing that is stored is clearly about this: these are the nearest, and may have nothing to do with it'
}
