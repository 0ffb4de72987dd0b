import { namePlaces } from './announcing-words.ts'
import { mayBeValue, pairProof, singleProof } from './evidence.ts'
import { createFamilies, type Families, NO_SECOND, type Testimony } from './families.ts'
import { withoutFields } from './fields.ts'
import { createForest, type GroupMerge } from './forest.ts'
import { createFreeTails } from './free-tails.ts'
import { hashOfText, joined } from './hash64.ts'
import { literalWords, OPEN, replaced, skeletonOf } from './skeleton.ts'
import { createTails } from './tails.ts'
import { WILDCARD } from './units.ts'

export type { GroupMerge } from './forest.ts'

/**
 * Groups templates that differ only where the templates themselves have proved that something varies.
 *
 * The groups are a function of the set of templates: not of the order in which they came, not of how often each was
 * seen, not of which process saw which. So two processes that have seen the same templates agree without talking, and
 * the state is rebuilt from the stored templates by adding each again. (What a family of thousands absorbs bears no
 * witness elsewhere: there alone the order may matter.)
 */
export interface Grouper {
  /**
   * Takes in a fingerprint's template, and returns the groups that ended by it (none for a template that is known). A
   * group never parts again. What a proved family of thousands absorbs, and what comes past MAX_TEMPLATES, is not kept.
   */
  add(fingerprint: bigint, template: string): readonly GroupMerge[]
  /** The id of the group that a fingerprint is in now, or undefined for one that is not kept. */
  groupOf(fingerprint: bigint): bigint | undefined
  /**
   * The group of a template, kept or not: that of its skeleton or of the family that absorbs it. A template that is
   * neither goes with all of its shape, so that there is an end to the groups, too.
   */
  groupFor(template: string): bigint
  /** Every fingerprint's group. */
  groups(): Map<bigint, bigint>
}

/** Longer templates are grouped by their skeleton alone: of sixty words, one that differs proves little. */
const MAX_WITNESS_WORDS = 60
/** Longer ones have too many pairs of words to ask about each: this bounds them to 190. */
const MAX_PAIR_WORDS = 20
/**
 * How many templates a grouper holds, some 2 kB each. A fleet's log statements are tens of thousands; whoever writes more
 * puts into words what varies, in places that nothing proves.
 */
const MAX_TEMPLATES = 100_000
/** Words of a shape: more do not tell shapes apart that matter. */
const MAX_SHAPE_WORDS = 12

/** What stands around a name must say enough. */
const MIN_WORDS_AROUND_NAMES = 3

const NO_MERGES: readonly GroupMerge[] = []

export function createGrouper(): Grouper {
  const forest = createForest()
  /** Each node's skeleton. */
  const skeletons: (readonly string[])[] = []
  const unitsAt = (node: number) => skeletons[node]!
  const singles = createFamilies(unitsAt, forest.join)
  const pairs = createFamilies(unitsAt, forest.join)
  const tails = createTails(forest.join)
  const freeTails = createFreeTails(units => nodeFor(units, ''), forest.join)
  const nodeOfSkeleton = new Map<number, number>()
  const nodeOfFingerprint = new Map<bigint, number>()
  /** Nodes whose skeletons have yet to bear witness: the new one, and those that proofs make. */
  const waiting: number[] = []

  function nodeFor(units: readonly string[], template: string): number {
    const hash = hashOfSkeleton(units, template)
    const known = nodeOfSkeleton.get(hash.key)
    if (known !== undefined) return known
    const node = forest.plant(joined(hash.high, hash.low), literalWords(units))
    nodeOfSkeleton.set(hash.key, node)
    skeletons.push(units)
    if (units.length > 0 && units.length <= MAX_WITNESS_WORDS) waiting.push(node)
    return node
  }

  /** The node of a family that has no need of another member. */
  function absorberOf(units: readonly string[]): number | undefined {
    if (units.length > MAX_WITNESS_WORDS) return undefined
    const open = openPositions(units)
    for (const first of open) {
      const node = singles.absorber(keyOf(replaced(units, OPEN, first)))
      if (node !== undefined) return node
    }
    if (open.length > MAX_PAIR_WORDS) return undefined
    for (const first of open) {
      for (const second of open) {
        const node = second > first ? pairs.absorber(keyOf(replaced(units, OPEN, first, second))) : undefined
        if (node !== undefined) return node
      }
    }
    return undefined
  }

  function bearWitness(node: number): void {
    const units = skeletons[node]!
    for (const [first, unit] of units.entries()) {
      // A wildcard is a witness, too: something was recognised in that place.
      if (unit === WILDCARD || mayBeValue(unit))
        testify(singles, units, { node, first, second: NO_SECOND }, singleProof)
    }
    tails.add(node, units)
    freeTails.add(node, units)
    joinNamed(node, units)
    const told = withoutFields(units)
    if (told !== undefined) forest.join(node, nodeFor(told, ''))
    const open = openPositions(units)
    if (open.length > MAX_PAIR_WORDS) return
    for (const first of open) {
      for (const second of open) if (second > first) testify(pairs, units, { node, first, second }, pairProof)
    }
  }

  /** Names are known by what announces them: whoever differs in names only is of one statement. */
  function joinNamed(node: number, units: readonly string[]): void {
    const places = namePlaces(units)
    if (places.length === 0) return
    const general = replaced(units, WILDCARD, ...places)
    if (literalWords(general) >= MIN_WORDS_AROUND_NAMES) forest.join(node, nodeFor(general, ''))
  }

  function testify(
    families: Families,
    units: readonly string[],
    testimony: Testimony,
    proof: (sharedWords: number) => number,
  ): void {
    const { first, second } = testimony
    const positions = second === NO_SECOND ? [first] : [first, second]
    const open = replaced(units, OPEN, ...positions)
    const needed = proof(literalWords(open))
    if (needed === Number.POSITIVE_INFINITY) return
    const key = keyOf(open)
    if (!families.testify(key, testimony, needed)) return
    const proved = nodeFor(replaced(units, WILDCARD, ...positions), '')
    for (const member of families.settle(key, proved)) forest.join(member, proved)
  }

  return {
    add(fingerprint, template) {
      if (nodeOfFingerprint.has(fingerprint) || nodeOfFingerprint.size >= MAX_TEMPLATES) return NO_MERGES
      const units = skeletonOf(template)
      if (!nodeOfSkeleton.has(hashOfSkeleton(units, template).key) && absorberOf(units) !== undefined) return NO_MERGES
      const node = nodeFor(units, template)
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) bearWitness(next)
      nodeOfFingerprint.set(fingerprint, node)
      return forest.publish(node)
    },
    groupOf(fingerprint) {
      const node = nodeOfFingerprint.get(fingerprint)
      return node === undefined ? undefined : forest.groupOf(node)
    },
    groupFor(template) {
      const units = skeletonOf(template)
      const node = nodeOfSkeleton.get(hashOfSkeleton(units, template).key) ?? absorberOf(units)
      return node === undefined ? shapeGroup(units) : forest.groupOf(node)
    },
    groups: () => new Map([...nodeOfFingerprint].map(([fingerprint, node]) => [fingerprint, forest.groupOf(node)])),
  }
}

/** A template without a word is its own skeleton: `---` and `===` have nothing in common. */
function hashOfSkeleton(units: readonly string[], template: string): ReturnType<typeof hashOfText> {
  return hashOfText(units.length === 0 ? template : units.join(' '))
}

function keyOf(units: readonly string[]): number {
  return hashOfText(units.join(' ')).key
}

/** As far from the ids of skeletons as two hashes are. */
function shapeGroup(units: readonly string[]): bigint {
  const shape = units.slice(0, MAX_SHAPE_WORDS).map(unit => (mayBeValue(unit) ? OPEN : unit))
  const { high, low } = hashOfText(`shape ${shape.join(' ')}`)
  return joined(high, low)
}

/** The positions of words that may turn out to be values. */
function openPositions(units: readonly string[]): number[] {
  return [...units.keys()].filter(position => mayBeValue(units[position]!))
}
