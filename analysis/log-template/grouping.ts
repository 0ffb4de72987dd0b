import { proofPoints, WILDCARD_WITNESS, witnessPoints } from './evidence.ts'
import { createForest, type GroupMerge } from './forest.ts'
import { hashOfText, joined } from './hash64.ts'
import { generalised, isKey, literalWords, skeletonOf, WILDCARD } from './skeleton.ts'

/** Longer templates are grouped by their skeleton alone: of sixty words, one that differs proves little. */
const MAX_WITNESS_WORDS = 64
/**
 * How many families are kept: some ten for each skeleton, so this is enough for 100,000 log statements and takes about
 * 200 MB. Past it, new templates are still grouped by their skeleton and by what was proved before.
 */
const MAX_FAMILIES = 1_000_000

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
   * group never parts again.
   */
  add(fingerprint: bigint, template: string): readonly GroupMerge[]
  /** The id of the group that a fingerprint is in now, or undefined for one that was never added. */
  groupOf(fingerprint: bigint): bigint | undefined
  /** Every fingerprint's group. */
  groups(): Map<bigint, bigint>
}

/** Skeletons that are equal but for one word, under what they have in common. */
interface Family {
  /** Points that are still missing to the proof; 0 or less when it stands. */
  missing: number
  /** Points by distinct word, while there is no proof. */
  words: Map<string, number> | undefined
  /** Whoever belongs to the family; one node stands for all after the proof. */
  members: number[]
}

interface Skeleton {
  readonly units: readonly string[]
  readonly node: number
}

const NO_MERGES: readonly GroupMerge[] = []

export function createGrouper(): Grouper {
  const forest = createForest()
  const nodeOfSkeleton = new Map<number, number>()
  const nodeOfFingerprint = new Map<bigint, number>()
  const families = new Map<number, Family>()
  /** Skeletons that have yet to bear witness: the new one, and those that proofs make. */
  const waiting: Skeleton[] = []

  function nodeFor(units: readonly string[], template: string): number {
    // A template without a word is its own skeleton: `---` and `===` have nothing in common.
    const hash = hashOfText(units.length === 0 ? template : units.join(' '))
    const known = nodeOfSkeleton.get(hash.key)
    if (known !== undefined) return known
    const node = forest.plant(joined(hash.high, hash.low), literalWords(units))
    nodeOfSkeleton.set(hash.key, node)
    if (units.length > 0 && units.length <= MAX_WITNESS_WORDS) waiting.push({ units, node })
    return node
  }

  function bearWitness({ units, node }: Skeleton): void {
    testify(units, WILDCARD, WILDCARD_WITNESS, node)
    for (let position = 0; position < units.length; position++) {
      const word = units[position]!
      if (word === WILDCARD || isKey(word)) continue
      testify(generalised(units, position), word, witnessPoints(word, position), node)
    }
  }

  /** Counts `word` as one more value of what `general` leaves open, and joins the family's members once that is proved. */
  function testify(general: readonly string[], word: string, points: number, node: number): void {
    const { key } = hashOfText(general.join(' '))
    let family = families.get(key)
    if (!family) {
      const needed = proofPoints(literalWords(general))
      if (needed === Number.POSITIVE_INFINITY || families.size >= MAX_FAMILIES) return
      family = { missing: needed, words: new Map(), members: [] }
      families.set(key, family)
    }
    const { words, members } = family
    if (!words) {
      forest.join(node, members[0]!)
      return
    }
    const before = words.get(word) ?? 0
    if (points > before) {
      words.set(word, points)
      family.missing -= points - before
    }
    members.push(node)
    if (family.missing > 0 || words.size < 2) return
    const proved = nodeFor(general, '')
    for (const member of members) forest.join(member, proved)
    family.words = undefined
    family.members = [proved]
  }

  return {
    add(fingerprint, template) {
      if (nodeOfFingerprint.has(fingerprint)) return NO_MERGES
      const node = nodeFor(skeletonOf(template), template)
      for (let next = waiting.pop(); next; next = waiting.pop()) bearWitness(next)
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
