import { z } from 'zod'
import { giveFeedback, VERDICTS } from '../../../store/reports/feedback.ts'
import { action, mustSee } from './action.ts'

/** Whether the first hypothesis of a report was right: what evidence counts is learnt from it. */
export const reportFeedback = action({
  name: 'report-feedback',
  body: z.strictObject({
    report: z.string().min(1).max(100),
    verdict: z.enum(VERDICTS),
    place: z.int().min(1).max(20).optional(),
    cause: z.string().min(1).max(500).optional(),
  }),
  async run(client, { report, verdict, place, cause }, { person, note }) {
    const { rows } = await client.query<{ service: string }>('SELECT service FROM reports WHERE id = $1', [report])
    mustSee(
      person,
      rows.map(({ service }) => service),
    )
    return giveFeedback(client, { report, by: person.name, verdict, place, cause }, () =>
      note(client, `report/${report}`, { verdict, place, cause }),
    )
  },
})
