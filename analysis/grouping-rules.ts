import { hash64 } from './hash64.ts'

/**
 * What a person decided about groups. `merge`: the groups that these fingerprints are in are one from now on.
 * `split`: these fingerprints are a group of their own.
 */
export interface GroupRule {
  /** Rules hold in the order of their ids, the later over the earlier. */
  readonly id: number
  readonly kind: 'merge' | 'split'
  readonly fingerprints: readonly bigint[]
}

/** Where each fingerprint belongs: by the grouping alone, and with the rules on top. */
export interface Placement {
  readonly fingerprint: bigint
  readonly automatic: bigint
  readonly group: bigint
}

/**
 * Puts rules on top of automatic groups. The answer depends on the set of fingerprints and on the rules alone: not on
 * what came first. A rule's fingerprint that is not stored is passed over; without rules every group is the automatic
 * one.
 */
export function applyGroupRules(automatic: ReadonlyMap<bigint, bigint>, rules: readonly GroupRule[]): Placement[] {
  /** Fingerprints that a split took out, and where to. */
  const taken = new Map<bigint, bigint>()
  /** Groups that a merge ended, and the group that stands for each. */
  const joined = new Map<bigint, bigint>()
  const final = (group: bigint): bigint => {
    let at = group
    for (let next = joined.get(at); next !== undefined; next = joined.get(at)) at = next
    return at
  }
  const groupOf = (fingerprint: bigint, own: bigint) => final(taken.get(fingerprint) ?? own)

  for (const rule of rules.toSorted((a, b) => a.id - b.id)) {
    const known = rule.fingerprints.flatMap(fingerprint => {
      const own = automatic.get(fingerprint)
      return own === undefined ? [] : [{ fingerprint, own }]
    })
    if (rule.kind === 'split') {
      const apart = splitGroup(rule.id)
      for (const { fingerprint } of known) taken.set(fingerprint, apart)
      continue
    }
    const [first, ...others] = known.map(({ fingerprint, own }) => groupOf(fingerprint, own))
    for (const other of others) {
      if (first !== undefined && final(other) !== final(first)) joined.set(final(other), final(first))
    }
  }
  return [...automatic].map(([fingerprint, own]) => ({
    fingerprint,
    automatic: own,
    group: groupOf(fingerprint, own),
  }))
}

/** The rules, which hold for what stands for their fingerprints in a later version as well. */
export function withSuccessors<R extends GroupRule>(
  rules: readonly R[],
  successors: ReadonlyMap<bigint, readonly bigint[]>,
): R[] {
  if (successors.size === 0) return [...rules]
  return rules.map(rule => ({
    ...rule,
    fingerprints: [...new Set(rule.fingerprints.flatMap(one => [one, ...(successors.get(one) ?? [])]))],
  }))
}

/** As far from the ids that the grouping makes as two hashes are. */
function splitGroup(ruleId: number): bigint {
  return BigInt.asIntN(64, hash64(`group of rule ${ruleId}`))
}

/** A group that is there before or after a change and not the same on both sides. */
export interface GroupChange {
  readonly group: bigint
  readonly change: 'gained' | 'lost' | 'grown' | 'shrunk' | 'altered'
  readonly before: readonly bigint[]
  readonly after: readonly bigint[]
}

/** What becomes of the groups, the largest change first. */
export function compareGroups(
  before: ReadonlyMap<bigint, bigint>,
  after: ReadonlyMap<bigint, bigint>,
): readonly GroupChange[] {
  const [old, now] = [membersOf(before), membersOf(after)]
  const changes: GroupChange[] = []
  for (const group of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(group) ?? [], now.get(group) ?? []]
    const change = changeOf(new Set(was), new Set(is))
    if (change !== undefined) changes.push({ group, change, before: was, after: is })
  }
  const size = ({ before: was, after: is }: GroupChange) => Math.max(was.length, is.length)
  return changes.sort((a, b) => size(b) - size(a) || (a.group < b.group ? -1 : 1))
}

function changeOf(was: ReadonlySet<bigint>, is: ReadonlySet<bigint>): GroupChange['change'] | undefined {
  if (was.size === 0) return 'gained'
  if (is.size === 0) return 'lost'
  const hasLost = [...was].some(fingerprint => !is.has(fingerprint))
  const hasGained = [...is].some(fingerprint => !was.has(fingerprint))
  if (hasLost && hasGained) return 'altered'
  if (hasLost) return 'shrunk'
  return hasGained ? 'grown' : undefined
}

function membersOf(groups: ReadonlyMap<bigint, bigint>): Map<bigint, bigint[]> {
  const members = new Map<bigint, bigint[]>()
  for (const [fingerprint, group] of groups) {
    const known = members.get(group)
    if (known === undefined) members.set(group, [fingerprint])
    else known.push(fingerprint)
  }
  return members
}
