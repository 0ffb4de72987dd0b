import { z } from 'zod'
import { entityInput, entityOf } from '../entity.ts'
import { readTimeline } from '../timeline.ts'
import { budget, defineTool, minutes, rangeOf, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const getTimeline = defineTool({
  name: 'get_timeline',
  title: 'What happened to one thing',
  description: 'Events, logs and spans of a deal, request, trace, node or user in order of time. {"deal_id":"d-17"}',
  input: z.strictObject({
    ...entityInput,
    minutes: minutes(1_440),
    until,
    errors_only: z.boolean().default(false),
    ...budget,
  }),
  async run({ minutes, until, errors_only, ...args }, access) {
    const entity = entityOf(args)
    const { from, to } = rangeOf(access, minutes, until)
    const timeline = await readTimeline(access, entity, from, to)
    const events = errors_only ? timeline.events.filter(row => isTrouble(row.level)) : timeline.events
    const trouble = timeline.events.filter(row => isTrouble(row.level)).length
    return {
      summary: `${events.length} events of this ${entity.kind}, ${trouble} of them errors or warnings.`,
      from,
      to,
      sections: [{ name: 'events', rows: events, more: 'errors_only, or a narrower range' }],
      next: events.length === 0 ? [] : [`explain_failure ${JSON.stringify({ [entity.kind]: entity.id })}`],
      empty:
        events.length > 0
          ? undefined
          : `No record names this ${entity.kind} in the range. ${await whyEmpty(access, { from })}`,
    }
  },
})

export function isTrouble(level: unknown): boolean {
  return ['warn', 'warning', 'error', 'fatal', 'critical'].includes(String(level))
}
