import { proofPoints, witnessPoints } from './evidence.ts'
import { hashOfText } from './hash64.ts'
import { literalWords } from './skeleton.ts'

/**
 * How many families are kept: some ten for each skeleton, most of them with one member for ever. This is enough for
 * 100,000 log statements, in about 80 MB. Past it, templates still join what was proved before.
 */
const MAX_FAMILIES = 1_000_000
/** Distinct words that are told apart; the bound is what the packing below has room for. */
const MAX_WORDS = 2 ** 21

/** Skeletons that are equal but for one word, under what they have in common. */
interface Family {
  /** Points that are still missing to the proof. */
  missing: number
  /** Points by distinct word (by its number); undefined once the proof stands. */
  points: Map<number, number> | undefined
  /** Whoever belongs to the family; after the proof one node stands for all. */
  members: number[]
}

export interface Families {
  /** Says that skeleton `node` has `word` at `position`, where `general` has a wildcard. */
  testify(general: readonly string[], word: string, position: number, node: number): void
}

/**
 * @param join makes one group of two nodes
 * @param prove returns the node of a skeleton that was just proved
 */
export function createFamilies(
  join: (one: number, two: number) => void,
  prove: (general: readonly string[]) => number,
): Families {
  /** A number is a family of one, packed; nearly all families stay that small, and this keeps them cheap. */
  const families = new Map<number, number | Family>()
  const numberOfWord = new Map<string, number>()
  const words: string[] = []

  function wordNumber(word: string): number {
    const known = numberOfWord.get(word)
    if (known !== undefined) return known
    numberOfWord.set(word, words.length)
    words.push(word)
    return words.length - 1
  }

  function opened(packed: number, needed: number): Family {
    const rest = packed % (2 * MAX_WORDS)
    const family: Family = { missing: needed, points: new Map(), members: [] }
    count(family, rest >>> 1, rest & 1, Math.floor(packed / (2 * MAX_WORDS)))
    return family
  }

  function count(family: Family, word: number, position: number, node: number): void {
    const points = witnessPoints(words[word]!, position)
    const before = family.points!.get(word) ?? 0
    if (points > before) {
      family.points!.set(word, points)
      family.missing -= points - before
    }
    family.members.push(node)
  }

  return {
    testify(general, word, position, node) {
      const needed = proofPoints(literalWords(general))
      if (needed === Number.POSITIVE_INFINITY || words.length >= MAX_WORDS) return
      const { key } = hashOfText(general.join(' '))
      const number = wordNumber(word)
      const place = position === 0 ? 0 : 1
      const known = families.get(key)
      if (known === undefined) {
        if (families.size < MAX_FAMILIES) families.set(key, (node * MAX_WORDS + number) * 2 + place)
        return
      }
      const family = typeof known === 'number' ? opened(known, needed) : known
      if (!family.points) {
        join(node, family.members[0]!)
        return
      }
      if (typeof known === 'number') families.set(key, family)
      count(family, number, place, node)
      if (family.missing > 0 || family.points.size < 2) return
      const proved = prove(general)
      for (const member of family.members) join(member, proved)
      family.points = undefined
      family.members = [proved]
    },
  }
}
