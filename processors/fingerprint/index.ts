import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import type { Recogniser } from './recognise.ts'

/** opentelemetry-proto trace.v1.Status.StatusCode. */
const STATUS_ERROR = 2

export const fingerprint = define({
  kind: 'processor',
  type: 'fingerprint',
  summary:
    'Recognises the problem that a record tells of: log lines by their template, errors by type and in-app stack frames. What is stored with the id are counts, templates and samples, one row for each distinct problem.',
  signals: ['traces', 'logs'],
  config: z.strictObject({}),
  examples: [{}],
  create(_config, next) {
    // What reads stacks of forty languages is loaded by what runs, not by whoever checks a configuration.
    let loading: Promise<Recogniser> | undefined
    const loaded = () => {
      loading ??= import('./recognise.ts').then(({ createRecogniser }) => createRecogniser())
      return loading
    }
    return {
      async start() {
        await loaded()
      },
      async consume(batch, signal) {
        const recognise = await loaded()
        recognise.startBatch()
        switch (batch.signal) {
          case 'logs': {
            const items = batch.items.map(record => ({ ...record, fingerprint: recognise.log(record) }))
            return next({ ...batch, items }, signal)
          }
          case 'traces': {
            const items = batch.items.map(span => {
              const found =
                span.events.length === 0 && span.statusCode !== STATUS_ERROR ? undefined : recognise.span(span)
              return found === undefined ? span : { ...span, ...found }
            })
            return next({ ...batch, items }, signal)
          }
          case 'metrics':
            return next(batch, signal)
        }
      },
    }
  },
})
