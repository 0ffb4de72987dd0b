import type { Judged } from './judge.ts'

/** In how many of the failures of a problem another one lies beneath it; `beneath` undefined is any of them. */
export interface Beneath {
  readonly fingerprint: string
  readonly beneath: string | undefined
  readonly failures: number
  readonly sampled: number
}

export interface Ranked extends Judged {
  /** The problems that its failures follow from, most frequent first; empty where it stands for itself. */
  readonly symptomOf: readonly string[]
}

/** A problem is a symptom where in so many of its failures another one lies deeper. */
const SYMPTOM_SHARE_MIN = 0.8
const TOLD_MAX = 3

/**
 * The likely cause first: problems that stand for themselves before symptoms of others, the most unusual ones first,
 * steady ones by their failures.
 */
export function rank(problems: readonly Judged[], beneath: readonly Beneath[]): Ranked[] {
  const byUnusual = problems.toSorted(
    (a, b) => b.surprise - a.surprise || b.failures - a.failures || (a.fingerprint < b.fingerprint ? -1 : 1),
  )
  const place = new Map(byUnusual.map(({ fingerprint }, i) => [fingerprint, i]))
  const shares = Map.groupBy(beneath, row => row.fingerprint)
  const shareOf = (row: Beneath) => row.failures / Math.max(1, row.sampled)
  const lies = (above: string, below: string) =>
    shares.get(above)?.some(row => row.beneath === below && shareOf(row) >= SYMPTOM_SHARE_MIN) ?? false

  const symptomOf = ({ fingerprint }: Judged): string[] => {
    const rows = shares.get(fingerprint) ?? []
    // Two that lie beneath each other are one failure told twice: the more unusual one stands for both.
    const isOwn = ({ beneath: below }: Beneath) =>
      below !== undefined && lies(below, fingerprint) && (place.get(below) ?? place.size) > place.get(fingerprint)!
    const others = rows.filter(row => !isOwn(row))
    const any = others.find(row => row.beneath === undefined)
    const isSymptom =
      others.some(row => row.beneath !== undefined && shareOf(row) >= SYMPTOM_SHARE_MIN) ||
      (others.length === rows.length && any !== undefined && shareOf(any) >= SYMPTOM_SHARE_MIN)
    if (!isSymptom) return []
    return others.flatMap(row => (row.beneath === undefined ? [] : [row.beneath])).slice(0, TOLD_MAX)
  }
  const ranked = byUnusual.map(problem => ({ ...problem, symptomOf: symptomOf(problem) }))
  return [...ranked.filter(one => one.symptomOf.length === 0), ...ranked.filter(one => one.symptomOf.length > 0)]
}
