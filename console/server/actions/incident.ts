import { z } from 'zod'
import { acknowledgeIncident, resolveIncident } from '../../../store/reflexes/people.ts'
import { action, mustSee } from './action.ts'

/** Somebody takes an incident, or says that it is over. */
export const incidentWord = action({
  name: 'incident',
  body: z.strictObject({
    id: z.string().min(1).max(100),
    word: z.enum(['acknowledge', 'resolve']),
    why: z.string().min(1).max(500).optional(),
    is_true: z.boolean().optional(),
  }),
  async run(client, { id, word, why, is_true: isTrue }, { person, note }) {
    const { rows } = await client.query<{ service: string }>('SELECT service FROM incidents WHERE id = $1', [id])
    mustSee(
      person,
      rows.map(({ service }) => service),
    )
    const say = word === 'acknowledge' ? acknowledgeIncident : resolveIncident
    const whole = await say(client, id, { by: person.name, why, isTrue }, () =>
      note(client, `incident/${id}`, { word, why, is_true: isTrue }),
    )
    return { id: whole }
  },
})
