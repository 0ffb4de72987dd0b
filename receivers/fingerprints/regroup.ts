import type pg from 'pg'
import { applyGroupRules, type GroupRule, withSuccessors } from '../../analysis/grouping-rules.ts'
import { LOG_TEMPLATE_VERSION } from '../../analysis/log-template/fingerprint.ts'
import { createGrouper, type Grouper } from '../../analysis/log-template/grouping.ts'
import { inTransaction } from '../../store/connect.ts'
import { readSuccessors } from '../../store/fingerprints/carry-over.ts'
import {
  groupedPages,
  lockGroups,
  type PagedFingerprint,
  readPaged,
  readRules,
  readTemplates,
  writeGroups,
} from '../../store/fingerprints/groups.ts'

/**
 * How many fingerprints are remembered that the grouper did not keep. More than so many come of a flood alone; of those
 * behind it, one that has a group already is left as it is.
 */
const MAX_PASSED = 200_000

/** Groups what is stored. Whatever the store holds, a page of it is in memory, and what the grouper keeps. */
export interface Regrouping {
  run(client: pg.ClientBase): Promise<void>
}

/** @param pageRows for tests */
export function createRegrouping(pageRows?: number): Regrouping {
  const grouper = createGrouper()
  const passed = new Set<bigint>()

  const isNew = ({ fingerprint, automatic, isWitness }: PagedFingerprint) =>
    isWitness &&
    grouper.groupOf(fingerprint) === undefined &&
    !passed.has(fingerprint) &&
    (passed.size < MAX_PASSED || automatic === fingerprint)

  /** Gives the grouper what it has not seen: the groups are what all templates prove, so this comes before any is told. */
  async function learn(client: pg.ClientBase): Promise<void> {
    for await (const page of groupedPages(client, LOG_TEMPLATE_VERSION, pageRows)) {
      const fresh = page.filter(isNew).map(({ fingerprint }) => fingerprint)
      for (const { fingerprint, template } of await readTemplates(client, fresh)) grouper.add(fingerprint, template)
    }
  }

  async function tell(client: pg.ClientBase): Promise<void> {
    await lockGroups(client)
    const rules = await readRules(client)
    const ruled = await groupsOfRules(client, grouper, rules)
    for await (const page of groupedPages(client, LOG_TEMPLATE_VERSION, pageRows)) {
      const placed = await automaticGroups(client, page)
      const stored = new Map(page.map(one => [one.fingerprint, one]))
      const places = applyGroupRules(new Map([...ruled.automatic, ...placed]), ruled.rules).filter(place => {
        const now = stored.get(place.fingerprint)
        return now !== undefined && (now.automatic !== place.automatic || now.group !== place.group)
      })
      await writeGroups(client, places, 'grouping')
    }
  }

  /** Where the grouping puts the fingerprints of a page. Those that the grouper does not keep are placed once, and stay. */
  async function automaticGroups(
    client: pg.ClientBase,
    page: readonly PagedFingerprint[],
  ): Promise<Map<bigint, bigint>> {
    const passing = new Map<bigint, bigint>()
    const fresh = page.filter(isNew).map(({ fingerprint }) => fingerprint)
    for (const { fingerprint, template } of await readTemplates(client, fresh)) {
      passing.set(fingerprint, grouper.groupFor(template))
      if (passed.size < MAX_PASSED) passed.add(fingerprint)
    }
    return placesOf(client, grouper, page, passing)
  }

  return {
    async run(client) {
      await learn(client)
      await inTransaction(client, () => tell(client))
    },
  }
}

async function placesOf(
  client: pg.ClientBase,
  grouper: Grouper,
  page: readonly PagedFingerprint[],
  passing: ReadonlyMap<bigint, bigint>,
): Promise<Map<bigint, bigint>> {
  const ids = page.map(({ fingerprint }) => fingerprint)
  const successors = await readSuccessors(client, ids)
  return new Map(
    page.map(({ fingerprint, automatic }) => [
      fingerprint,
      // One of an earlier version goes with what stands for it now.
      grouper.groupOf(fingerprint) ??
        passing.get(fingerprint) ??
        groupOfSuccessor(successors.get(fingerprint), grouper) ??
        automatic,
    ]),
  )
}

function groupOfSuccessor(successors: readonly bigint[] | undefined, grouper: Grouper): bigint | undefined {
  const [first] = successors ?? []
  // An error is a group of its own.
  return first === undefined ? undefined : (grouper.groupOf(first) ?? first)
}

/** The rules as they hold now, and where the grouping puts the fingerprints that they name. */
async function groupsOfRules(client: pg.ClientBase, grouper: Grouper, rules: readonly GroupRule[]) {
  const named = [...new Set(rules.flatMap(({ fingerprints }) => fingerprints))]
  const held = withSuccessors(rules, named.length === 0 ? new Map() : await readSuccessors(client, named))
  const all = [...new Set(held.flatMap(({ fingerprints }) => fingerprints))]
  const stored = all.length === 0 ? [] : await readPaged(client, LOG_TEMPLATE_VERSION, all)
  return { rules: held, automatic: await placesOf(client, grouper, stored, new Map()) }
}
