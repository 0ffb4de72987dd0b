import { z } from 'zod'
import { EdgeRefusal } from '../../../pipeline/edge/refusal.ts'
import { inTransaction } from '../../../store/connect.ts'
import { addSilence } from '../../../store/notifications/silences.ts'
import { action } from './action.ts'

const MINUTE_MS = 60_000
const MINUTES_MAX = 30 * 24 * 60

/** Nobody is told of findings that match, for a while. */
export const silence = action({
  name: 'silence',
  body: z.strictObject({
    matchers: z.array(z.string().min(1).max(300)).min(1).max(20),
    minutes: z.int().min(1).max(MINUTES_MAX),
    reason: z.string().min(1).max(500),
  }),
  async run(client, { matchers, minutes, reason }, { person, note }) {
    const { services } = person
    // All matchers must hold, so that one which names a service keeps the others to it.
    if (services !== undefined && !services.some(name => matchers.includes(`service=${JSON.stringify(name)}`))) {
      throw new EdgeRefusal(
        403,
        `name one of your services: ${services.map(name => `service=${JSON.stringify(name)}`).join(' or ')}`,
      )
    }
    const startsAt = new Date()
    const endsAt = new Date(+startsAt + minutes * MINUTE_MS)
    return inTransaction(client, async () => {
      const id = await addSilence(client, {
        kind: 'silence',
        matchers,
        startsAt,
        endsAt,
        createdBy: person.name,
        reason,
      })
      await note(client, `silence/${id}`, { matchers, minutes, reason })
      return { id }
    })
  },
})
