import { z } from 'zod'
import { EdgeRefusal } from '../../../pipeline/edge/refusal.ts'
import { inTransaction } from '../../../store/connect.ts'
import { disableUser, enableUser, endSessions } from '../../../store/people/index.ts'
import { action } from './action.ts'

/** Ends somebody's sessions, shuts them out, or lets them in again. */
export const personWord = action({
  name: 'person',
  role: 'admin',
  body: z.strictObject({
    name: z.string().min(1).max(200),
    word: z.enum(['sign-out', 'shut-out', 'let-in']),
    /** One session; all of them without it. */
    session: z.int().min(1).optional(),
  }),
  async run(client, { name, word, session }, { person, note }) {
    if (word === 'shut-out' && name === person.name) throw new EdgeRefusal(400, 'nobody shuts out themselves')
    return inTransaction(client, async () => {
      if (word === 'sign-out') await endSessions(client, name, session)
      else await (word === 'shut-out' ? disableUser : enableUser)(client, name)
      await note(client, `person/${name}`, { word, session })
      return {}
    })
  },
})
