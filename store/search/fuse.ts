/** The ways in which a question can meet a problem. */
export type Way = 'meaning' | 'words' | 'letters'

/** One way's answer: fingerprints, the best first, each with that way's own measure. */
export interface Ranking {
  readonly way: Way
  readonly candidates: readonly Candidate[]
}

export interface Candidate {
  readonly fingerprint: bigint
  /** Cosine, text rank, or share of common trigrams: comparable within a ranking only. */
  readonly measure: number
}

/** Where a hit stood in one ranking, from 1. */
export interface Match {
  readonly rank: number
  readonly measure: number
}

export interface Fused {
  readonly fingerprint: bigint
  readonly score: number
  readonly matched: Partial<Record<Way, Match>>
}

/** Of Cormack, Clarke and Büttcher (2009): how much the first ranks stand out. */
const RANK_CONSTANT = 60

/**
 * Reciprocal rank fusion: a score is the sum over the rankings of 1 / (60 + rank). The best first; of equal scores the
 * smaller fingerprint, so that the order does not depend on that of the input.
 */
export function fuse(rankings: readonly Ranking[]): Fused[] {
  const fused = new Map<bigint, { score: number; matched: Partial<Record<Way, Match>> }>()
  for (const { way, candidates } of rankings) {
    for (const [index, { fingerprint, measure }] of candidates.entries()) {
      const rank = index + 1
      const hit = fused.get(fingerprint) ?? { score: 0, matched: {} }
      hit.score += 1 / (RANK_CONSTANT + rank)
      hit.matched[way] = { rank, measure }
      fused.set(fingerprint, hit)
    }
  }
  return [...fused]
    .map(([fingerprint, hit]) => ({ fingerprint, ...hit }))
    .sort((a, b) => b.score - a.score || (a.fingerprint < b.fingerprint ? -1 : 1))
}
