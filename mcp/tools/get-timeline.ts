import { z } from 'zod'
import type { Access } from '../access.ts'
import { counted, nextCall } from '../answer.ts'
import { type Entity, entityInput, entityOf } from '../entity.ts'
import { isTrouble, ranksByTrouble, readTimeline } from '../timeline.ts'
import { budget, defineTool, minutes, rangeOf, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const getTimeline = defineTool({
  name: 'get_timeline',
  title: 'What happened to one thing',
  description: 'Events, logs and spans of anything that has an id, in order of time. {"entity":"ord_7f3k"}',
  input: z.strictObject({
    ...entityInput,
    minutes: minutes(1_440),
    until,
    errors_only: z.boolean().default(false),
    ...budget,
  }),
  check: args => void entityOf(args),
  async run({ minutes, until, errors_only, ...args }, access) {
    const entity = entityOf(args)
    const { from, to } = rangeOf(access, minutes, until)
    const { events, total } = await readTimeline(access, entity, from, to, { troublesOnly: errors_only })
    const troubles = events.filter(isTrouble).length
    return {
      summary: errors_only
        ? `${counted(total, 'error or warning', 'errors and warnings')} of this ${entity.kind}.`
        : `${counted(total, 'event')} of this ${entity.kind}, ${troubles} of them errors or warnings.`,
      from,
      to,
      sections: [
        {
          name: 'events',
          rows: events,
          ranks: ranksByTrouble(events),
          total,
          more: 'errors_only, or a narrower range',
        },
      ],
      next: events.length === 0 ? [] : [nextCall('explain_failure', { [entity.kind]: entity.id })],
      empty: events.length > 0 ? undefined : await whyNone(access, entity, from, to, errors_only),
    }
  },
})

async function whyNone(access: Access, entity: Entity, from: Date, to: Date, errorsOnly: boolean): Promise<string> {
  if (errorsOnly && (await readTimeline(access, entity, from, to)).total > 0) {
    return 'There are events, none of them an error or a warning; ask without errors_only.'
  }
  return `No record names this ${entity.kind} in the range. ${await whyEmpty(access, { from, to })}`
}
