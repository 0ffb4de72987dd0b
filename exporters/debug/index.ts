import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { attributeText, type Batch, type Item, SIGNALS } from '../../pipeline/model/index.ts'
import { recordJson, valueJson } from './record-json.ts'

export const debug = define({
  kind: 'exporter',
  type: 'debug',
  summary: 'Writes what arrives to the log, to see what a pipeline carries.',
  signals: SIGNALS,
  delivery: 'best_effort',
  config: z.strictObject({
    verbosity: z
      .enum(['basic', 'normal', 'detailed'])
      .default('basic')
      .describe(
        'basic: a line for each batch with its counts; normal: a line for each record with what names it; detailed: a line for each record with all that is in it.',
      ),
  }),
  examples: [{}, { verbosity: 'normal' }, { verbosity: 'detailed' }],
  create({ verbosity }, _next, { logger }) {
    return {
      async consume(batch) {
        if (verbosity === 'basic') return logger.info(summary(batch), 'batch')
        for (const item of batch.items) {
          if (verbosity === 'normal') logger.info({ signal: batch.signal, ...outline(item) }, 'record')
          else logger.info({ signal: batch.signal, record: recordJson(item) }, 'record')
        }
      },
    }
  },
})

function summary({ id, signal, items, bytes, account }: Batch) {
  const dropped = [...account.dropped.values()].reduce((sum, records) => sum + records, 0)
  const { receiver, received, rejected } = account
  return { batch: id, signal, records: items.length, bytes, receiver, received, dropped, rejected: rejected.length }
}

const NANOSECONDS_PER_MS = 1e6

/** What a person looks for first. */
function outline(item: Item) {
  const service = attributeText(item.resource.attributes, 'service.name')
  if ('metric' in item) {
    const { value } = item
    const amount = value.kind === 'number' ? valueJson(value.value) : { count: String(value.count), sum: value.sum }
    return { service, metric: item.metric.name, value: amount }
  }
  const { traceId, spanId } = item
  if ('eventName' in item) {
    return { service, severity: item.severityText, event: item.eventName, body: valueJson(item.body), traceId, spanId }
  }
  const durationMs = Number(item.endTimeUnixNano - item.startTimeUnixNano) / NANOSECONDS_PER_MS
  return { service, name: item.name, durationMs, status: SPAN_STATUSES[item.statusCode], traceId, spanId }
}

const SPAN_STATUSES = ['unset', 'ok', 'error']
