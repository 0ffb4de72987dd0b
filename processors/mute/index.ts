import { z } from 'zod'
import { matcherSetting, matchesAll, parseMatcher } from '../../analysis/matchers.ts'
import { faultOf } from '../../analysis/time-intervals.ts'
import { define } from '../../pipeline/component.ts'
import { labelsOf } from '../../pipeline/model/index.ts'

const clock = z.string().regex(/^\d{2}:\d{2}$/, 'write HH:MM, such as 07:00')
const ranges = (what: string) => z.array(z.string()).min(1).optional().describe(what)

const interval = z
  .strictObject({
    times: z
      .array(
        z.strictObject({
          start_time: clock.describe('HH:MM.'),
          end_time: clock.describe('HH:MM, left out itself; before start_time it is on the next day.'),
        }),
      )
      .min(1)
      .optional()
      .describe('Times of day; all day where it is left out.'),
    weekdays: ranges('Such as monday:friday, sunday.'),
    days_of_month: ranges('Such as 1:5, or -3:-1 from the end.'),
    months: ranges('Such as december, 1:3.'),
    years: ranges('Such as 2026:2027.'),
    location: z.string().optional().describe('Time zone, such as Europe/Stockholm; UTC where it is left out.'),
  })
  .superRefine((interval, context) => {
    const fault = faultOf(interval)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })

export const mute = define({
  kind: 'processor',
  type: 'mute',
  summary:
    'Quiet hours: in these times nobody is told. What still lasts afterwards is told then, in one message, and so is what happened once; what began and ended meanwhile is not.',
  signals: ['logs'],
  config: z.strictObject({
    mute_time_intervals: z.array(interval).min(1).describe('Alertmanager’s time intervals; one is enough to mute.'),
    matchers: z
      .array(matcherSetting)
      .default([])
      .describe('Which findings are muted, all where it is left out: severity!="critical".'),
  }),
  examples: [
    {
      mute_time_intervals: [
        { times: [{ start_time: '22:00', end_time: '07:00' }], location: 'Europe/Stockholm' },
        { weekdays: ['saturday', 'sunday'], location: 'Europe/Stockholm' },
      ],
      matchers: ['severity!="critical"'],
    },
    { mute_time_intervals: [{ months: ['december'], days_of_month: ['24:26'] }] },
  ],
  create({ mute_time_intervals, matchers }, next) {
    const parsed = matchers.map(parseMatcher)
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const items = batch.items.map(record => {
          if (!matchesAll(parsed, labelsOf(record))) return record
          const mute = [...(record.routing?.mute ?? []), ...mute_time_intervals]
          return { ...record, routing: { ...record.routing, mute } }
        })
        return next({ ...batch, items }, signal)
      },
    }
  },
})
