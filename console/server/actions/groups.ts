import type pg from 'pg'
import { z } from 'zod'
import { changeRules, type Outcome } from '../../../store/fingerprints/group-changes.ts'
import { findById } from '../../../store/fingerprints/group-list.ts'
import type { User } from '../../../store/people/index.ts'
import { fingerprintParameter } from '../../api/problem.ts'
import { action, mustSee } from './action.ts'

/** What a rule does to the groups: kept, or to be seen first. */
export type GroupPreview = Outcome

const FINGERPRINTS_MAX = 50

/** Problems become one group, or a group of their own; as a preview nothing is kept. */
export const groups = action({
  name: 'groups',
  body: z.strictObject({
    kind: z.enum(['merge', 'split']),
    fingerprints: z.array(fingerprintParameter).min(1).max(FINGERPRINTS_MAX),
    note: z.string().max(500).default(''),
    preview: z.boolean(),
  }),
  async run(client, { kind, fingerprints, note: why, preview }, { person, note }): Promise<GroupPreview> {
    await mustSeeProblems(client, person, fingerprints)
    const ids: bigint[] = []
    for (const id of fingerprints) ids.push((await findById(client, id)).fingerprint)
    const add = { kind, fingerprints: ids, note: why, createdBy: person.name }
    return changeRules(client, { add }, preview, () =>
      note(client, `problem/${fingerprints[0]}`, { kind, fingerprints, why }),
    )
  },
})

/** @throws EdgeRefusal 404 where one of them is not for this person to see */
export async function mustSeeProblems(
  client: pg.ClientBase,
  person: User,
  fingerprints: readonly string[],
): Promise<void> {
  if (person.services === undefined) return
  for (const id of fingerprints) {
    const { rows } = await client.query<{ service: string }>(
      `SELECT service FROM fingerprint_services WHERE fingerprint = ('x' || $1)::bit(64)::bigint`,
      [id],
    )
    mustSee(
      person,
      rows.map(({ service }) => service),
    )
  }
}
