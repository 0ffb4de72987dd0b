/** The ways in which a question can meet a problem. */
export type Way = 'meaning' | 'words' | 'letters'

/** One way's answer, the best first, each with that way's own measure. */
export interface Ranking {
  readonly way: Way
  readonly candidates: readonly Candidate[]
}

export interface Candidate {
  readonly fingerprint: bigint
  readonly group: bigint
  /** Cosine, text rank, or share of common trigrams: comparable within a ranking only. */
  readonly measure: number
}

/** Where a group stood in one ranking, from 1. */
export interface Match {
  readonly rank: number
  readonly measure: number
}

export interface Fused {
  readonly group: bigint
  /** The member that stands for the group: the one that any ranking put first among its members. */
  readonly fingerprint: bigint
  readonly score: number
  readonly matched: Partial<Record<Way, Match>>
}

/** Of Cormack, Clarke and Büttcher (2009): how much the first ranks stand out. */
const RANK_CONSTANT = 60

/**
 * Reciprocal rank fusion: a group's score is the sum over the rankings of 1 / (60 + rank), its rank that of its best
 * member among groups. The best first; of equal scores the smaller group id, so that the order does not depend on that
 * of the rankings.
 */
export function fuse(rankings: readonly Ranking[]): Fused[] {
  const fused = new Map<bigint, Fusing>()
  for (const { way, candidates } of rankings) {
    let rank = 0
    for (const { fingerprint, group, measure } of candidates) {
      const hit = fused.get(group) ?? { fingerprint, best: Number.POSITIVE_INFINITY, score: 0, matched: {} }
      if (hit.matched[way] !== undefined) continue
      rank += 1
      hit.score += 1 / (RANK_CONSTANT + rank)
      hit.matched[way] = { rank, measure }
      if (rank < hit.best) Object.assign(hit, { best: rank, fingerprint })
      fused.set(group, hit)
    }
  }
  return [...fused]
    .map(([group, { fingerprint, score, matched }]) => ({ group, fingerprint, score, matched }))
    .sort((a, b) => b.score - a.score || (a.group < b.group ? -1 : 1))
}

interface Fusing {
  fingerprint: bigint
  best: number
  score: number
  readonly matched: Partial<Record<Way, Match>>
}
