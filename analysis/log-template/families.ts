import {
  isNameWitness,
  isNumbered,
  isPlainWitness,
  PLAIN_BESIDE_NAME,
  RECOGNISED_BESIDE_NUMBERED,
  witnessPoints,
} from './evidence.ts'
import { WILDCARD } from './units.ts'

/**
 * How many families are kept, at some 70 bytes: a skeleton has about nine with one open place and twenty with two, most
 * of which stay alone. Past it, templates still join what was proved before.
 */
const MAX_FAMILIES = 1_000_000
/** So many members make a family that absorbs: what else it may prove with them, it has proved. */
const MAX_MEMBERS = 4_096

/** Skeletons that are equal but for the words in one or two places, under what they have in common. */
interface Family {
  /** For each open place, the points by distinct word; undefined once the proof stands. */
  places: Place[] | undefined
  /** Whoever belongs to the family; after the proof one node stands for all. */
  members: number[]
  /** How many have joined, before the proof and after it. */
  size: number
}

interface Place {
  readonly points: Map<string, number>
  missing: number
  hasNumbered: boolean
  /** A word that is a name by its form, `orders-pool`, has stood here. */
  hasName: boolean
  plainWords: number
  /** A recognised variable and a word with a number have both stood here. */
  isMixed: boolean
}

/** What a skeleton says: that it has these words at these positions, where the family is open. */
export interface Testimony {
  readonly node: number
  readonly first: number
  /** The second open position, or NO_SECOND. */
  readonly second: number
}

export const NO_SECOND = 63
const POSITIONS = 64

export interface Families {
  /** Takes a testimony for the family `key`, whose every place takes `needed` points to prove. True when that proved it. */
  testify(key: number, testimony: Testimony, needed: number): boolean
  /** Lets `node` stand for the family and its members from now on, and returns those. */
  settle(key: number, node: number): readonly number[]
  /** The node of a family that is proved and has so many members that the next one need not be kept. */
  absorber(key: number): number | undefined
}

/**
 * @param unitsAt the skeleton of a node
 * @param join makes one group of two nodes
 */
export function createFamilies(
  unitsAt: (node: number) => readonly string[],
  join: (one: number, two: number) => void,
): Families {
  /** A number is a family of one, packed; nearly all families stay that small, and this keeps them cheap. */
  const families = new Map<number, number | Family>()

  function countPlace(place: Place, node: number, position: number): void {
    const units = unitsAt(node)
    const word = units[position]!
    const points = witnessPoints(word, position)
    const before = place.points.get(word) ?? 0
    if (points <= before) return
    place.points.set(word, points)
    place.missing -= points - before
    place.hasNumbered ||= isNumbered(word)
    countBesideNames(place, points)
    if (place.isMixed || !place.hasNumbered || !place.points.has(WILDCARD)) return
    place.isMixed = true
    place.missing -= RECOGNISED_BESIDE_NUMBERED
  }

  /** Where one word is a name by its form, the plain ones are names, too. */
  function countBesideNames(place: Place, points: number): void {
    if (isPlainWitness(points)) {
      place.plainWords++
      if (place.hasName) place.missing -= PLAIN_BESIDE_NAME
    } else if (isNameWitness(points) && !place.hasName) {
      place.hasName = true
      place.missing -= PLAIN_BESIDE_NAME * place.plainWords
    }
  }

  function count(family: Family, { node, first, second }: Testimony): void {
    const [one, two] = family.places!
    countPlace(one!, node, first)
    if (two) countPlace(two, node, second)
    family.members.push(node)
    family.size++
  }

  return {
    testify(key, testimony, needed) {
      const known = families.get(key)
      if (known === undefined) {
        if (families.size < MAX_FAMILIES) families.set(key, packed(testimony))
        return false
      }
      if (typeof known !== 'number' && !known.places) {
        known.size++
        join(testimony.node, known.members[0]!)
        return false
      }
      let family: Family
      if (typeof known === 'number') {
        family = { places: openPlaces(testimony.second === NO_SECOND ? 1 : 2, needed), members: [], size: 0 }
        families.set(key, family)
        count(family, unpacked(known))
      } else family = known
      count(family, testimony)
      return family.places!.every(({ points, missing }) => missing <= 0 && points.size > 1)
    },
    settle(key, node) {
      const family = families.get(key) as Family // Only proved families are settled, and those have been opened.
      const { members } = family
      family.places = undefined
      family.members = [node]
      return members
    },
    absorber(key) {
      const known = families.get(key)
      if (known === undefined || typeof known === 'number' || known.places || known.size < MAX_MEMBERS) return undefined
      return known.members[0]
    },
  }
}

function openPlaces(count: number, needed: number): Place[] {
  return Array.from({ length: count }, () => ({
    points: new Map(),
    missing: needed,
    hasNumbered: false,
    hasName: false,
    plainWords: 0,
    isMixed: false,
  }))
}

function packed({ node, first, second }: Testimony): number {
  return (node * POSITIONS + first) * POSITIONS + second
}

function unpacked(testimony: number): Testimony {
  const second = testimony % POSITIONS
  const rest = Math.floor(testimony / POSITIONS)
  return { node: Math.floor(rest / POSITIONS), first: rest % POSITIONS, second }
}
