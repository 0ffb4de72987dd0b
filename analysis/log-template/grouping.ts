import { mayBeValue, pairProof, singleProof } from './evidence.ts'
import { createFamilies, type Families, NO_SECOND, type Testimony } from './families.ts'
import { createForest, type GroupMerge } from './forest.ts'
import { hashOfText, joined } from './hash64.ts'
import { generalised, literalWords, skeletonOf, WILDCARD } from './skeleton.ts'

export type { GroupMerge } from './forest.ts'

/**
 * Groups templates that differ only where the templates themselves have proved that something varies.
 *
 * The groups are a function of the set of templates: not of the order in which they came, not of how often each was
 * seen, not of which process saw which. So two processes that have seen the same templates agree without talking, and
 * the state is rebuilt from the stored templates by adding each again.
 */
export interface Grouper {
  /**
   * Takes in a fingerprint's template, and returns the groups that ended by it (none for a template that is known). A
   * group never parts again. Past MAX_TEMPLATES a template is turned away.
   */
  add(fingerprint: bigint, template: string): readonly GroupMerge[]
  /** The id of the group that a fingerprint is in now, or undefined for one that was never added or turned away. */
  groupOf(fingerprint: bigint): bigint | undefined
  /** Every fingerprint's group. */
  groups(): Map<bigint, bigint>
}

/** Longer templates are grouped by their skeleton alone: of sixty words, one that differs proves little. */
const MAX_WITNESS_WORDS = 60
/** Longer ones have too many pairs of words to ask about each: this bounds them to 190. */
const MAX_PAIR_WORDS = 20
/**
 * How many templates a grouper holds, some 2 kB each. A fleet's log statements are tens of thousands; whoever writes more
 * puts ids into words, and then each template is its own group.
 */
const MAX_TEMPLATES = 200_000

const NO_MERGES: readonly GroupMerge[] = []

export function createGrouper(): Grouper {
  const forest = createForest()
  /** Each node's skeleton. */
  const skeletons: (readonly string[])[] = []
  const wordAt = (node: number, position: number) => skeletons[node]![position]!
  const singles = createFamilies(wordAt, forest.join)
  const pairs = createFamilies(wordAt, forest.join)
  const nodeOfSkeleton = new Map<number, number>()
  const nodeOfFingerprint = new Map<bigint, number>()
  /** Nodes whose skeletons have yet to bear witness: the new one, and those that proofs make. */
  const waiting: number[] = []

  function nodeFor(units: readonly string[], template: string): number {
    // A template without a word is its own skeleton: `---` and `===` have nothing in common.
    const hash = hashOfText(units.length === 0 ? template : units.join(' '))
    const known = nodeOfSkeleton.get(hash.key)
    if (known !== undefined) return known
    const node = forest.plant(joined(hash.high, hash.low), literalWords(units))
    nodeOfSkeleton.set(hash.key, node)
    skeletons.push(units)
    if (units.length > 0 && units.length <= MAX_WITNESS_WORDS) waiting.push(node)
    return node
  }

  function bearWitness(node: number): void {
    const units = skeletons[node]!
    // A skeleton with a wildcard is a witness for itself: something was recognised in that place.
    const place = units.lastIndexOf(WILDCARD)
    if (place >= 0) testify(singles, units, { node, first: place, second: NO_SECOND }, singleProof)
    const open = openPositions(units)
    for (const first of open) {
      testify(singles, generalised(units, first), { node, first, second: NO_SECOND }, singleProof)
    }
    if (open.length > MAX_PAIR_WORDS) return
    for (const first of open) {
      for (const second of open) {
        if (second > first) testify(pairs, generalised(units, first, second), { node, first, second }, pairProof)
      }
    }
  }

  function testify(
    families: Families,
    general: readonly string[],
    testimony: Testimony,
    proof: (sharedWords: number) => number,
  ): void {
    const needed = proof(literalWords(general))
    if (needed === Number.POSITIVE_INFINITY) return
    const { key } = hashOfText(general.join(' '))
    if (!families.testify(key, testimony, needed)) return
    const proved = nodeFor(general, '')
    for (const member of families.settle(key, proved)) forest.join(member, proved)
  }

  return {
    add(fingerprint, template) {
      if (nodeOfFingerprint.has(fingerprint) || nodeOfFingerprint.size >= MAX_TEMPLATES) return NO_MERGES
      const node = nodeFor(skeletonOf(template), template)
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) bearWitness(next)
      nodeOfFingerprint.set(fingerprint, node)
      return forest.publish(node)
    },
    groupOf(fingerprint) {
      const node = nodeOfFingerprint.get(fingerprint)
      return node === undefined ? undefined : forest.groupOf(node)
    },
    groups: () => new Map([...nodeOfFingerprint].map(([fingerprint, node]) => [fingerprint, forest.groupOf(node)])),
  }
}

/** The positions of words that may turn out to be values. */
function openPositions(units: readonly string[]): number[] {
  return [...units.keys()].filter(position => mayBeValue(units[position]!))
}
