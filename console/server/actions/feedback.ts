import { z } from 'zod'
import { action } from './action.ts'

/** Whether a claim was right. */
export const feedback = action({
  name: 'feedback',
  body: z.strictObject({
    about: z.string().regex(/^(?:incident|problem|chat)\/[\w.:-]{1,100}$/, 'say what it is about'),
    claim: z.string().min(1).max(500),
    verdict: z.enum(['right', 'wrong']),
  }),
  async run(client, { about, claim, verdict }, { note }) {
    await note(client, about, { claim, verdict })
    return {}
  },
})
