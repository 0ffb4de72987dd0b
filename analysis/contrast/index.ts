import { benjaminiHochberg, fisherGreater } from '../statistics/exact-tests.ts'
import type { Trait } from './trait.ts'
import type { Units } from './traits.ts'

export type { Trait } from './trait.ts'
export { type Attributes, type AttributeValue, type Units, unitsOf } from './traits.ts'

/** What the units of the first set have in common more often than those of the second. */
export interface Shared {
  /** One attribute; two where only both together tell the sets apart. */
  readonly traits: readonly Pick<Trait, 'key' | 'value'>[]
  /** Other names of the same: attributes that exactly the same units have. */
  readonly also: readonly Pick<Trait, 'key' | 'value'>[]
  readonly first: number
  readonly second: number
  /** `first` and `second` as shares of their sets, 0 to 1. */
  readonly firstShare: number
  readonly secondShare: number
  /** How likely chance alone makes such a difference, corrected for all that were compared. */
  readonly chance: number
}

export interface Contrast {
  readonly first: number
  readonly second: number
  /** The greatest difference in shares first. */
  readonly shared: readonly Shared[]
  /** How many attribute values were compared. */
  readonly compared: number
  /** More frequent in the first set only because they go along with one of `shared`. */
  readonly explained: readonly Shared[]
}

export interface ContrastOptions {
  /** Of what is told, so much may be chance. */
  readonly falseShareMax?: number
  /** Of the first set: what fewer have is no reason for the others. */
  readonly firstShareMin?: number
}

/** Seen in fewer units of the first set, it is one unit's own: an id, a time, a name that nobody shares. */
const UNITS_MIN = 3
const SHARED_MAX = 10
/** Pairs are looked for among so many of the best. */
const PARTNERS_MAX = 12
/** A pair has to tell the sets apart by so much more than the better of its two. */
const PAIR_GAIN_MIN = 0.1

/**
 * Attribute values ranked by how much more often they stand in the first set of units than in the second: failing
 * against good, slow against usual, after against before. Each is tested by Fisher's exact test, one-sided, corrected
 * after Benjamini and Hochberg for all that were compared. Values that exactly the same units have are told as one; what
 * is frequent only through another is told apart from it; two are told together where that says more than either.
 */
export function contrast(units: Units, { falseShareMax = 0.01, firstShareMin = 0.1 }: ContrastOptions = {}): Contrast {
  const { first, second, traits } = units
  const counted = traits.map(trait => counts(trait, units)).filter(one => one.first >= UNITS_MIN)
  const chances = benjaminiHochberg(counted.map(one => fisherGreater(one.first, first, one.second, second)))
  const notable = synonyms(
    counted
      .map((one, i) => ({ ...one, chance: chances[i]! }))
      .filter(one => one.chance <= falseShareMax && one.firstShare >= firstShareMin && one.gain > 0),
  ).sort((a, b) => b.gain - a.gain || a.chance - b.chance || nameOf(a) - nameOf(b))
  const pairs = pairsOf(notable.slice(0, PARTNERS_MAX), units, falseShareMax)
  const shared: Candidate[] = []
  const explained: Candidate[] = []
  for (const one of [...pairs, ...notable].sort((a, b) => b.gain - a.gain)) {
    const isOwn = shared.every(better => saysMore(one, better, units, falseShareMax))
    ;(isOwn ? shared : explained).push(one)
  }
  return {
    first,
    second,
    compared: counted.length,
    shared: shared.slice(0, SHARED_MAX).map(told),
    explained: explained
      .filter(one => one.traits.length === 1)
      .slice(0, SHARED_MAX)
      .map(told),
  }
}

interface Counted extends Omit<Shared, 'chance'> {
  readonly units: readonly number[]
  /** Difference of the shares: 1 where all of the first and none of the second have it (Youden 1950). */
  readonly gain: number
}
interface Candidate extends Counted {
  readonly chance: number
}

function counts({ key, value, units }: Trait, { first, second }: Units): Counted {
  const inFirst = lowerBound(units, first)
  const shares = { firstShare: inFirst / (first || 1), secondShare: (units.length - inFirst) / (second || 1) }
  return {
    traits: [{ key, value }],
    also: [],
    units,
    first: inFirst,
    second: units.length - inFirst,
    ...shares,
    gain: shares.firstShare - shares.secondShare,
  }
}

/** How many of ascending numbers are below a limit. */
function lowerBound(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** Those that exactly the same units have, under the name that a person would take. */
function synonyms(candidates: readonly Candidate[]): Candidate[] {
  const bySet = Map.groupBy(candidates, one => one.units.join())
  return [...bySet.values()].map(same => {
    const [leading, ...others] = same.toSorted((a, b) => nameOf(a) - nameOf(b) || (keyOf(a) < keyOf(b) ? -1 : 1))
    return { ...leading!, also: others.flatMap(one => one.traits) }
  })
}

function keyOf({ traits }: Counted): string {
  return `${traits[0]!.key}\u0000${traits[0]!.value}`
}

/**
 * Short names first, then machines, ids last: `host.name` says more to a person than `service.instance.id`, and a release
 * that runs on a host of its own more than that.
 */
function nameOf({ traits }: Counted): number {
  const { key, value } = traits[0]!
  const isMachine = /(?:^|[./])(?:host|k8s|container|process|cloud)\./.test(key)
  return key.length + value.length + (isMachine ? 500 : 0) + (/(?:[._]id|[._]?uid|\.pid)$/i.test(key) ? 1_000 : 0)
}

/** Two together, where among those that have the one the other still tells the sets apart. */
function pairsOf(best: readonly Candidate[], units: Units, falseShareMax: number): Candidate[] {
  const tried = best.flatMap((a, i) =>
    best.slice(i + 1).flatMap(b => {
      if (a.traits[0]!.key === b.traits[0]!.key) return []
      const both = { key: '', value: '', units: common(a.units, b.units) }
      const counted = { ...counts(both, units), traits: [...a.traits, ...b.traits] }
      const gained = counted.gain - Math.max(a.gain, b.gain)
      if (gained < PAIR_GAIN_MIN) return []
      const chance = fisherGreater(counted.first, a.first, counted.second, a.second)
      return [{ ...counted, chance: Math.max(chance, fisherGreater(counted.first, b.first, counted.second, b.second)) }]
    }),
  )
  const chances = benjaminiHochberg(
    tried.map(one => one.chance),
    (best.length * (best.length - 1)) / 2,
  )
  return tried.map((one, i) => ({ ...one, chance: chances[i]! })).filter(one => one.chance <= falseShareMax)
}

function common(a: readonly number[], b: readonly number[]): number[] {
  const inB = new Set(b)
  return a.filter(unit => inB.has(unit))
}

/** True where a candidate still tells the sets apart among those units that do not have the better one. */
function saysMore(one: Candidate, better: Candidate, { first, second }: Units, falseShareMax: number): boolean {
  const both = common(one.units, better.units)
  const bothInFirst = lowerBound(both, first)
  const [leftFirst, leftSecond] = [first - better.first, second - better.second]
  const oneFirst = one.first - bothInFirst
  if (oneFirst < UNITS_MIN) return false
  return fisherGreater(oneFirst, leftFirst, one.second - (both.length - bothInFirst), leftSecond) <= falseShareMax
}

function told({ traits, also, first, second, firstShare, secondShare, chance }: Candidate): Shared {
  return { traits, also, first, second, firstShare, secondShare, chance }
}
