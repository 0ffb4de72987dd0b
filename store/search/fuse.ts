/** The ways in which a question can meet a problem. */
export type Way = 'meaning' | 'words' | 'letters' | 'names'

/** One way's answer, the best first, each with that way's own measure. */
export interface Ranking {
  readonly way: Way
  readonly candidates: readonly Candidate[]
}

export interface Candidate {
  readonly fingerprint: bigint
  readonly group: bigint
  /** Cosine, share of the question's words, share of common trigrams, share of the question's names. */
  readonly measure: number
}

/** How near the stored vectors are to the question's on the whole: what a cosine has to be compared with. */
export interface Background {
  readonly mean: number
  readonly deviation: number
  /** Vectors that it is of. */
  readonly count: number
}

/** Where a group stood in one ranking, from 1. */
export interface Match {
  readonly rank: number
  readonly measure: number
}

export interface Fused {
  readonly group: bigint
  /** The member that stands for the group: the one of the highest score. */
  readonly fingerprint: bigint
  readonly score: number
  readonly matched: Partial<Record<Way, Match>>
}

/**
 * What it adds to the score, in standard deviations of the cosine, when all of the question is found in this way. Chosen
 * on `bench/search/cases/tuned.yaml`; docs/decisions/search-scores.md has the figures. Words and letters count by their
 * fourth power: half of them in common is what chance brings, and must not move what the vectors know; all of them is not.
 */
const WEIGHT = {
  words: (share: number) => 2 * share ** 4,
  letters: (share: number) => 2 * share ** 4,
  names: (share: number) => 3 * share,
}

/**
 * Scores that can be added: how far the cosine stands out among all that is stored, in standard deviations, and on top
 * of it what is told by words, letters and names. So meaning decides where nothing is said literally, and a name, a code
 * or a rare word wins where it stands there. A problem that has no vector yet counts as one of an average cosine.
 *
 * The best first; of equal scores the smaller group id, so that the order does not depend on that of the rankings.
 */
export function fuse(rankings: readonly Ranking[], background?: Background): Fused[] {
  const scores = new Map<bigint, number>()
  const groups = new Map<bigint, { readonly members: bigint[]; readonly matched: Partial<Record<Way, Match>> }>()
  for (const { way, candidates } of rankings) {
    let rank = 0
    for (const { fingerprint, group, measure } of candidates) {
      const amount = way === 'meaning' ? standing(measure, background) : WEIGHT[way](measure)
      scores.set(fingerprint, (scores.get(fingerprint) ?? 0) + amount)
      const found = groups.get(group) ?? { members: [], matched: {} }
      groups.set(group, found)
      found.members.push(fingerprint)
      if (found.matched[way] !== undefined) continue
      rank += 1
      found.matched[way] = { rank, measure }
    }
  }
  return [...groups]
    .map(([group, { members, matched }]) => {
      const fingerprint = members.reduce((best, one) => (scores.get(one)! > scores.get(best)! ? one : best))
      return { group, fingerprint, score: scores.get(fingerprint)!, matched }
    })
    .sort((a, b) => b.score - a.score || (a.group < b.group ? -1 : 1))
}

function standing(cosine: number, { mean, deviation }: Pick<Background, 'mean' | 'deviation'> = USUAL): number {
  return (cosine - mean) / deviation
}

/** Of a store of any size, with a sentence model: what a few vectors alone do not tell yet counts as so many of them. */
const USUAL = { mean: 0.1, deviation: 0.1, count: 10 }

/** From the count, the sum and the sum of squares of cosines. */
export function backgroundOf(count: number, sum: number, squares: number): Background {
  const all = count + USUAL.count
  const mean = (sum + USUAL.mean * USUAL.count) / all
  const variance = count === 0 ? 0 : Math.max(0, squares / count - (sum / count) ** 2)
  return { mean, deviation: Math.sqrt((variance * count + USUAL.deviation ** 2 * USUAL.count) / all), count }
}
