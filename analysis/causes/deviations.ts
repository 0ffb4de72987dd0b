import type { Execution, Executions, Mark } from './executions.ts'
import { WAY_TO } from './waits.ts'

/**
 * Something that the executions of one operation do otherwise since a moment: they fail or warn as they never did
 * (`new`), leave out what they always did (`missing`), or wait longer (`slow`).
 */
export interface Deviation {
  readonly kind: 'new' | 'missing' | 'slow'
  readonly service: string
  readonly operation: string
  /** The mark, or what is waited for. */
  readonly id: string
  readonly text: string
  /** The first execution that has it. */
  readonly since: number
  /** Executions after and before the moment, and how many of them have it. */
  readonly after: number
  readonly afterHas: number
  readonly before: number
  readonly beforeHas: number
  /** How much likelier the data are with the change than without: the G statistic (twice the log likelihood ratio). */
  readonly strength: number
  /** Of `slow`: waits above it are slow; milliseconds. */
  readonly limit: number
}

/** Without so many executions to compare with, nothing is known of an operation. */
const BEFORE_MIN = 5
const AFTER_MIN = 2
/** 6 is about one in 70 by chance, one degree of freedom. */
const STRENGTH_MIN = 6
/** What always was may have been missing in so many, what never was may have been there in so many. */
const EXCEPTIONS_MAX = 0.03
/** Waits vary more than what is done. */
const SLOW_BEFORE_MAX = 0.15
/** Slow is beyond twice what nine of ten take, three times the median, and 3 ms more. */
const SLOW_P90_FACTOR = 2
const SLOW_MEDIAN_FACTOR = 3
const SLOW_MIN_MS = 3
/** A mark says that an execution is in trouble where so many of those that have it fail or warn. */
const TROUBLE_SHARE_MIN = 0.8
/** What deviates from the first record on may have been so long before the window. */
const AT_FIRST_MS = 2_000
const AT_FIRST_WEIGHT = 0.7

/**
 * Compares each operation's executions in the window with those of the time before and, at every moment, with the part
 * of the window before that moment: so the change is found where it happens, and what was in the window from its first
 * moment counts less. One-sided: what ceases to fail is no deviation.
 */
export function deviationsOf(usual: Executions, window: Executions): Deviation[] {
  const known = Map.groupBy(usual.all, ({ key }) => key)
  const texts = new Map([...usual.marks, ...window.marks])
  const began = window.all.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY)
  const ways = waysOf(usual)
  return [...Map.groupBy(window.all, ({ key }) => key)].flatMap(([key, group]) => {
    const before = known.get(key) ?? []
    const after = group.toSorted((a, b) => a.start - b.start)
    return [...markDeviations(before, after, texts, began), ...slowDeviations(before, after, ways, began)]
  })
}

function markDeviations(
  before: readonly Execution[],
  after: readonly Execution[],
  texts: ReadonlyMap<string, Mark>,
  began: number,
): Deviation[] {
  const { service, operation } = after[0]!
  const isInTrouble = ({ marks }: Execution) => [...marks].some(id => texts.get(id)!.isTrouble)
  const places = placesOf(before, after)
  const troubled = [before.map(isInTrouble), after.map(isInTrouble)] as const
  const early = atFirst(after, began)
  return [...places].flatMap(([id, [inBefore, inAfter]]) => {
    const troubles = count(inBefore.map(i => troubled[0][i]!)) + count(inAfter.map(i => troubled[1][i]!))
    const isTrouble = troubles >= TROUBLE_SHARE_MIN * (inBefore.length + inAfter.length)
    // Missing is the same question with the answer turned round; of what was there now and then there is no answer.
    const without = before.length - inBefore.length
    if (!isTrouble && without > EXCEPTIONS_MAX * (before.length + after.length)) return []
    const hits = isTrouble ? inAfter : others(inAfter, after.length)
    const sizes = { before: before.length, beforeHas: isTrouble ? inBefore.length : without, after: after.length }
    const change = scan(hits, sizes, early, EXCEPTIONS_MAX)
    if (change === undefined) return []
    const { index, ...counts } = change
    const since = after[hits.find(i => i >= index)!]!.start
    const kind = isTrouble ? 'new' : 'missing'
    return [{ kind, service, operation, id, text: texts.get(id)!.text, since, ...counts, limit: 0 } as const]
  })
}

/** Which executions, before and after, have each mark: there may be as many marks as executions. */
function placesOf(before: readonly Execution[], after: readonly Execution[]): Map<string, [number[], number[]]> {
  const places = new Map<string, [number[], number[]]>()
  for (const [side, executions] of [before, after].entries()) {
    for (const [i, { marks }] of executions.entries()) {
      for (const id of marks) {
        const known = places.get(id) ?? [[], []]
        places.set(id, known)
        known[side]!.push(i)
      }
    }
  }
  return places
}

function others(places: readonly number[], length: number): number[] {
  const has = new Set(places)
  return Array.from({ length }, (_, i) => i).filter(i => !has.has(i))
}

function slowDeviations(
  before: readonly Execution[],
  after: readonly Execution[],
  ways: ReadonlyMap<string, readonly number[]>,
  began: number,
): Deviation[] {
  const { service, operation } = after[0]!
  return [...new Set(after.flatMap(({ waits }) => [...waits.keys()]))].flatMap(id => {
    const waiting = after.filter(({ waits }) => waits.has(id))
    let usual = before.flatMap(({ waits }) => waits.get(id) ?? [])
    // A call that is rare is compared with all calls of the service: the way is much the same.
    if (usual.length < BEFORE_MIN && id.startsWith(WAY_TO)) usual = [...usual, ...(ways.get(service) ?? [])]
    const limit = limitOf(usual.length < BEFORE_MIN ? waiting.map(({ waits }) => waits.get(id)!) : usual)
    const isSlow = (ms: number) => ms > limit
    const hits = waiting.flatMap(({ waits }, i) => (isSlow(waits.get(id)!) ? [i] : []))
    const sizes = { before: usual.length, beforeHas: count(usual.map(isSlow)), after: waiting.length }
    const change = scan(hits, sizes, atFirst(waiting, began), SLOW_BEFORE_MAX)
    if (change === undefined) return []
    const { index, ...counts } = change
    const since = waiting[hits.find(i => i >= index)!]!.start
    return [{ kind: 'slow', service, operation, id, text: id, since, ...counts, limit } as const]
  })
}

function limitOf(usual: readonly number[]): number {
  const sorted = usual.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return Math.max(at(0.9) * SLOW_P90_FACTOR, at(0.5) * SLOW_MEDIAN_FACTOR) + SLOW_MIN_MS
}

/** What the calls of each service take on the way, wherever to. */
function waysOf({ all }: Executions): Map<string, number[]> {
  const ways = new Map<string, number[]>()
  for (const { service, waits } of all) {
    for (const [id, ms] of waits) {
      if (!id.startsWith(WAY_TO)) continue
      const known = ways.get(service)
      if (known === undefined) ways.set(service, [ms])
      else known.push(ms)
    }
  }
  return ways
}

/** How many executions lie so near the beginning of the window that what they do may be older than it. */
function atFirst(after: readonly Execution[], began: number): number {
  const later = after.findIndex(({ start }) => start - began >= AT_FIRST_MS)
  return later === -1 ? after.length : later
}

interface Change extends Pick<Deviation, 'after' | 'afterHas' | 'before' | 'beforeHas' | 'strength'> {
  readonly index: number
}

interface Sizes {
  readonly before: number
  readonly beforeHas: number
  readonly after: number
}

/**
 * The moment in `after` that parts the strongest, everything before it added to `before`. `hits` are the places in `after`
 * of those that have it, in order. Up to a hit, a later moment parts more: so only the hits are looked at.
 */
function scan(hits: readonly number[], sizes: Sizes, early: number, beforeShareMax: number): Change | undefined {
  let best: Change | undefined
  for (const [passed, hit] of hits.entries()) {
    const index = Math.min(hit, sizes.after - AFTER_MIN)
    if (index < 0 || (passed > 0 && index <= hits[passed - 1]!)) continue
    const [beforeHas, afterHas] = [sizes.beforeHas + passed, hits.length - passed]
    const [m, n] = [sizes.before + index, sizes.after - index]
    if (m < BEFORE_MIN || beforeHas > beforeShareMax * m || afterHas / n <= beforeHas / m) continue
    const strength = likelihoodRatio(afterHas, n, beforeHas, m) * (index < Math.max(1, early) ? AT_FIRST_WEIGHT : 1)
    if (strength > (best?.strength ?? STRENGTH_MIN))
      best = { index, after: n, afterHas, before: m, beforeHas, strength }
  }
  return best
}

function count(flags: readonly boolean[]): number {
  return flags.reduce((sum, flag) => sum + Number(flag), 0)
}

/** The G statistic of a of n against b of m (Sokal & Rohlf 1981). */
function likelihoodRatio(a: number, n: number, b: number, m: number): number {
  const share = (a + b) / (n + m)
  const term = (seen: number, expected: number) => (seen > 0 ? seen * Math.log(seen / expected) : 0)
  return 2 * (term(a, n * share) + term(n - a, n * (1 - share)) + term(b, m * share) + term(m - b, m * (1 - share)))
}
