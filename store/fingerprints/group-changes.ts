import type pg from 'pg'
import { applyGroupRules, compareGroups, type GroupRule, withSuccessors } from '../../analysis/grouping-rules.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { inTransaction } from '../connect.ts'
import { readSuccessors } from './carry-over.ts'
import {
  addRule,
  type GroupedFingerprint,
  lockGroups,
  readGrouped,
  readRules,
  removeRule,
  type StoredRule,
  writeGroups,
} from './groups.ts'

/** What a change of the rules does to one group. Ids are 16 hex digits. */
export interface Effect {
  readonly group_id: string
  readonly change: 'gained' | 'lost' | 'grown' | 'shrunk' | 'altered'
  readonly fingerprints_before: number
  readonly fingerprints_after: number
  readonly records_before: number
  readonly records_after: number
}

export type RuleChange =
  | ({ readonly add: Pick<StoredRule, 'kind' | 'fingerprints' | 'note' | 'createdBy'> } & { readonly remove?: never })
  | { readonly remove: number; readonly add?: never }

export interface Outcome {
  readonly effects: readonly Effect[]
  /** The number of the rule that was kept, or removed; absent for a preview. */
  readonly rule?: number
  readonly isKept: boolean
}

/**
 * Replays all fingerprints that are stored under the changed rules, and keeps the change unless it is a preview. One
 * transaction under the groups' lock: what is shown is what is kept, but for the id of a split's group. A running Sensorium takes the rules up when it
 * groups next. What is `also` written is kept with the change, or not at all.
 */
export function changeRules(
  client: pg.ClientBase,
  change: RuleChange,
  isPreview: boolean,
  also: () => Promise<void> = async () => {},
): Promise<Outcome> {
  return inTransaction(client, async () => {
    await lockGroups(client)
    const stored = await readGrouped(client)
    const successors = await readSuccessors(client)
    const rules = withSuccessors(await readRules(client), successors)
    const number = await numberOf(client, change, rules, isPreview)
    const changed =
      change.add === undefined
        ? rules.filter(({ id }) => id !== change.remove)
        : withSuccessors<GroupRule>([...rules, { id: number, ...change.add }], successors)
    const effects = effectsOf(stored, changed)
    if (isPreview) return { effects, isKept: false }
    const automatic = new Map(stored.map(one => [one.fingerprint, one.automatic]))
    const groupOf = new Map(stored.map(one => [one.fingerprint, one.group]))
    const places = applyGroupRules(automatic, changed).filter(place => groupOf.get(place.fingerprint) !== place.group)
    await writeGroups(client, places, 'rule')
    await also()
    return { effects, rule: number, isKept: true }
  })
}

async function numberOf(
  client: pg.ClientBase,
  change: RuleChange,
  rules: readonly StoredRule[],
  isPreview: boolean,
): Promise<number> {
  if (change.add === undefined) {
    if (!isPreview) await removeRule(client, change.remove)
    return change.remove
  }
  // A preview numbers it as the next one would be, and leaves nothing behind.
  return isPreview ? Math.max(0, ...rules.map(({ id }) => id)) + 1 : addRule(client, change.add)
}

function effectsOf(stored: readonly GroupedFingerprint[], rules: readonly GroupRule[]): Effect[] {
  const records = new Map(stored.map(one => [one.fingerprint, one.records]))
  const automatic = new Map(stored.map(one => [one.fingerprint, one.automatic]))
  const before = new Map(stored.map(one => [one.fingerprint, one.group]))
  const after = new Map(applyGroupRules(automatic, rules).map(place => [place.fingerprint, place.group]))
  const sum = (members: readonly bigint[]) => members.reduce((total, one) => total + (records.get(one) ?? 0), 0)
  return compareGroups(before, after).map(({ group, change, before: was, after: is }) => ({
    group_id: hexOf(group),
    change,
    fingerprints_before: was.length,
    fingerprints_after: is.length,
    records_before: sum(was),
    records_after: sum(is),
  }))
}
