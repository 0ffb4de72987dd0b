import { z } from 'zod'
import { define } from '../../pipeline/component.ts'

export const silence = define({
  kind: 'processor',
  type: 'silence',
  summary:
    'Lets silences and maintenance windows (sensorium silences) hold back what the destinations of this pipeline are told: also what is told already and lasts, and what began before.',
  signals: ['logs'],
  config: z.strictObject({}),
  examples: [{}],
  create(_settings, next) {
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const items = batch.items.map(record => ({ ...record, routing: { ...record.routing, heeds_silences: true } }))
        return next({ ...batch, items }, signal)
      },
    }
  },
})
