import { z } from 'zod'
import { define } from '../../pipeline/component.ts'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/
const MONTH_MS = 31 * 86_400_000

function durationMs(text: string): number {
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) sum += Number(count) * UNITS_MS[unit!]!
  return sum
}

/** Alertmanager writes the unit into the value. */
function duration(least: string) {
  return z
    .string()
    .regex(DURATION, 'write a time with its unit, such as 30s, 5m, 4h, 1d')
    .refine(text => durationMs(text) >= durationMs(least) && durationMs(text) <= MONTH_MS, `from ${least} to 31d`)
}

export const group = define({
  kind: 'processor',
  type: 'group',
  summary: 'Says which findings a destination is told of in one message, and how often.',
  signals: ['logs'],
  config: z.strictObject({
    group_by: z
      .array(z.string().min(1))
      .max(16)
      .default(['owner', 'environment'])
      .describe('Labels that findings of one message have in common; [] puts all into one.'),
    group_wait: duration('0s').default('30s').describe('How long a first finding waits for others.'),
    group_interval: duration('1s')
      .default('5m')
      .describe(
        'How often at most there is a message about a group. The end of a finding is believed after twice as long, and longer where it comes and goes.',
      ),
    repeat_interval: duration('1m')
      .default('4h')
      .describe('How often it is told again that something lasts and nobody has acknowledged it.'),
  }),
  examples: [{}, { group_by: ['incident'], group_wait: '10s', group_interval: '1m', repeat_interval: '1d' }],
  create({ group_by, group_wait, group_interval, repeat_interval }, next) {
    const times = {
      group_by,
      group_wait_ms: durationMs(group_wait),
      group_interval_ms: durationMs(group_interval),
      repeat_interval_ms: durationMs(repeat_interval),
    }
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const items = batch.items.map(record => ({ ...record, routing: { ...record.routing, ...times } }))
        return next({ ...batch, items }, signal)
      },
    }
  },
})
