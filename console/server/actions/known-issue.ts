import { z } from 'zod'
import { FIX_TYPES } from '../../../analysis/known-issues/match.ts'
import { inTransaction } from '../../../store/connect.ts'
import { findById } from '../../../store/fingerprints/group-list.ts'
import { writeNewIssue } from '../../../store/known-issues/issues.ts'
import { fingerprintParameter } from '../../api/problem.ts'
import { action } from './action.ts'
import { mustSeeProblems } from './groups.ts'

/** A problem becomes a known issue: what it is, and what mends it. Its records name it from then on. */
export const knownIssue = action({
  name: 'known-issue',
  body: z.strictObject({
    id: fingerprintParameter,
    name: z.string().trim().min(1).max(200),
    description: z.string().trim().max(2_000).optional(),
    fix_type: z.enum(FIX_TYPES).optional(),
    fix_version: z.string().trim().min(1).max(100).optional(),
    fix_commit: z.string().trim().min(1).max(100).optional(),
  }),
  async run(client, { id, name, ...issue }, { person, note }) {
    await mustSeeProblems(client, person, [id])
    return inTransaction(client, async () => {
      await findById(client, id)
      await writeNewIssue(client, {
        ...{ name, pattern: id, matchKind: 'fingerprint', autoResolve: false },
        // Whoever sees some services speaks for these.
        ...{ sources: undefined, services: person.services, description: issue.description },
        ...{
          fixType: issue.fix_type,
          fixVersion: issue.fix_version,
          fixCommit: issue.fix_commit,
          fixInstructions: undefined,
        },
      })
      await note(client, `problem/${id}`, { known_issue: name, ...issue })
      return { name }
    })
  },
})
