import { z } from 'zod'
import { hexOf } from '../../../pipeline/model/index.ts'
import { inTransaction } from '../../../store/connect.ts'
import { findById, markGroup } from '../../../store/fingerprints/group-list.ts'
import { fingerprintParameter } from '../../api/problem.ts'
import { action } from './action.ts'
import { mustSeeProblems } from './groups.ts'

/** A problem with its group is resolved, or open again. */
export const problemStatus = action({
  name: 'problem-status',
  body: z.strictObject({ id: fingerprintParameter, status: z.enum(['open', 'resolved']) }),
  async run(client, { id, status }, { person, note }) {
    await mustSeeProblems(client, person, [id])
    return inTransaction(client, async () => {
      const { group } = await findById(client, id)
      const changed = await markGroup(client, group, status)
      await note(client, `problem/${id}`, { status, group_id: hexOf(group), fingerprints: changed })
      return { status, fingerprints: changed }
    })
  },
})
