import type { Case, Parsed } from './parsed.ts'

export interface Read extends Parsed {
  readonly format?: string | undefined
  readonly file: string
  /** Of the bytes: one report may be given twice, by its name and by a pattern. */
  readonly digest: string
}

/** Two reports of which this share is the same are of one run; the rest is what one of them does not tell. */
const SAME_SHARE = 0.9
/** With one last word; beyond it names are not told apart by their beginnings. */
const MAX_COMPARED = 50

/**
 * Takes out what would count twice: a report that was given twice, and the second of two reports that one run wrote in
 * two formats (pytest's JSON and its JUnit XML). The one that says more of failures stays. Reports in one format are of
 * several runs, however alike they are: a matrix, shards.
 */
export function withoutDoubles<T extends Read>(
  reports: readonly T[],
): { readonly kept: readonly T[]; readonly faults: readonly string[] } {
  const kept: T[] = []
  const faults: string[] = []
  for (const report of reports) {
    const twin = kept.find(one => one.digest === report.digest && report.digest !== '')
    if (twin !== undefined) {
      faults.push(`${report.file} is the same as ${twin.file}, and counts once`)
      continue
    }
    const i = kept.findIndex(one => isOfOneRun(one, report))
    if (i < 0) {
      kept.push(report)
      continue
    }
    const [better, other] = saysMore(report, kept[i]!) ? [report, kept[i]!] : [kept[i]!, report]
    kept[i] = better
    faults.push(`${other.file} is of the run that ${better.file} is of, and is not counted again`)
  }
  return { kept, faults }
}

function saysMore(one: Parsed, other: Parsed): boolean {
  const weight = ({ tests, failures, cases = [] }: Parsed) =>
    [tests?.failed ?? 0, failures.length, cases.length] as const
  const [a, b] = [weight(one), weight(other)]
  const difference = a.map((value, i) => value - b[i]!).find(value => value !== 0)
  return difference !== undefined && difference > 0
}

function isOfOneRun(one: Read, other: Read): boolean {
  const [few, many] = [one.cases ?? [], other.cases ?? []].sort((a, b) => a.length - b.length) as [
    readonly Case[],
    readonly Case[],
  ]
  if (one.format === other.format || few.length === 0 || few.length < many.length * SAME_SHARE) return false
  const left = new Map<string, { readonly name: string; readonly outcome: string }[]>()
  for (const each of many) {
    const name = wordsOf(each.name)
    const key = lastWord(name)
    const same = left.get(key) ?? []
    same.push({ name, outcome: each.outcome })
    left.set(key, same)
  }
  let shared = 0
  for (const each of few) {
    const name = wordsOf(each.name)
    const candidates = left.get(lastWord(name)) ?? []
    const found = candidates
      .slice(0, MAX_COMPARED)
      .findIndex(that => that.outcome === each.outcome && isEnd(that.name, name))
    if (found < 0) continue
    candidates.splice(found, 1)
    shared += 1
  }
  return shared >= few.length * SAME_SHARE
}

/** One format names a test with its suites (`Cart adds`), the other without (`adds`). */
function isEnd(one: string, other: string): boolean {
  return one === other || one.endsWith(` ${other}`) || other.endsWith(` ${one}`)
}

function wordsOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, ' ')
    .trim()
}

function lastWord(words: string): string {
  return words.slice(words.lastIndexOf(' ') + 1)
}
