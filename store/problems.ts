import { type Judged, judge, type ProblemSeries } from '../analysis/problems/judge.ts'
import { type Beneath, type Ranked, rank } from '../analysis/problems/rank.ts'
import { listOf, type Read, type Scope, textOrNone, timeOf } from './reading.ts'

/** Parts that a range is cut into: a burst is found to half a minute of an hour, its ends to the record. */
const PARTS = 120
/** So many problems of a range are read, new ones first. */
export const PROBLEMS_READ_MAX = 500
/** Of so many of the most unusual problems it is looked up what lies beneath them. */
const LOOKED_UP = 24
/** Of each of them, in so many failures. */
const FAILURES_SAMPLED = 60

/** The problems of a range, the likely cause first. `services` narrows what is looked for, not what may lie beneath. */
export async function readProblems(
  read: Read,
  scope: Scope,
  { services, count }: { readonly services: readonly string[] | null; readonly count: number },
): Promise<readonly Ranked[]> {
  const judged = await readSeries(read, scope, services)
  const looked = judged
    .toSorted((a, b) => b.surprise - a.surprise || b.failures - a.failures)
    .slice(0, Math.max(count, LOOKED_UP))
  return rank(
    judged,
    await readBeneath(
      read,
      scope,
      looked.map(({ fingerprint }) => fingerprint),
    ),
  )
}

/** One problem of a range, judged against its own past; undefined where there is no failure of it. */
export async function readProblemSeries(read: Read, scope: Scope, fingerprint: string): Promise<Judged | undefined> {
  const [only] = await readSeries(read, scope, scope.visible, [fingerprint])
  return only
}

async function readSeries(
  read: Read,
  { from, to, env }: Scope,
  services: readonly string[] | null,
  fingerprints: readonly string[] | null = null,
): Promise<Judged[]> {
  const rows = await read('SELECT * FROM problem_series($1, $2, $3, $4, $5, $6, $7)', [
    from,
    to,
    PARTS,
    env,
    services,
    fingerprints,
    PROBLEMS_READ_MAX,
  ])
  return rows.map(row => judge(seriesOf(row), { from: +from, to: +to, partCount: PARTS }))
}

function seriesOf(row: Readonly<Record<string, unknown>>): ProblemSeries {
  const [counts, firsts, lasts] = [listOf(row.counts), listOf(row.firsts), listOf(row.lasts)]
  return {
    fingerprint: String(row.fingerprint),
    failures: Number(row.failures),
    records: Number(row.records),
    firstAt: timeOf(row.first_seen),
    lastAt: timeOf(row.last_seen),
    parts: listOf(row.parts).map((part, i) => ({
      index: Number(part),
      count: Number(counts[i]),
      firstAt: timeOf(firsts[i]),
      lastAt: timeOf(lasts[i]),
    })),
    recordsBefore: Number(row.records_before),
    watchedSince: timeOf(row.watched_since),
    watchedUntil: timeOf(row.watched_until),
  }
}

/** In which failures of each problem others lie beneath it. */
export async function readBeneath(
  read: Read,
  { from, to, visible }: Scope,
  fingerprints: readonly string[],
): Promise<readonly Beneath[]> {
  if (fingerprints.length === 0) return []
  const rows = await read('SELECT * FROM problems_beneath($1, $2, $3, $4, $5)', [
    fingerprints,
    from,
    to,
    visible,
    FAILURES_SAMPLED,
  ])
  return rows.map(row => ({
    fingerprint: String(row.fingerprint),
    beneath: textOrNone(row.beneath),
    failures: Number(row.failures),
    sampled: Number(row.sampled),
  }))
}
