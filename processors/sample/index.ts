import { createHash } from 'node:crypto'
import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { type Batch, keepItems, type LogRecord, type Span } from '../../pipeline/model/index.ts'
import { severityOf } from '../../pipeline/model/level.ts'
import { randomnessOf, thresholdOf, withThreshold } from './threshold.ts'

const STATUS_ERROR = 2
const SEVERITY_ERROR = 17

export const sample = define({
  kind: 'processor',
  type: 'sample',
  summary:
    'Keeps a percentage of the traces, and the logs that belong to them: the decision follows from the trace id, so it is the same in every process and for every signal.',
  signals: ['traces', 'logs'],
  config: z.strictObject({
    percentage: z
      .number()
      .min(0)
      .max(100)
      .describe('How many of a hundred traces are kept. A process with a lower percentage keeps a subset of the same.'),
    keep_errors: z
      .boolean()
      .default(true)
      .describe('Spans with the status error, and logs of severity ERROR and above, are kept whatever their trace id.'),
    logs_without_trace: z
      .enum(['keep', 'sample'])
      .default('keep')
      .describe(
        'Logs without a trace id: keep them all, or keep the percentage of them. The choice then follows from the request and the position in it, so a resend makes the same.',
      ),
  }),
  examples: [{ percentage: 10 }, { percentage: 0.1, keep_errors: false, logs_without_trace: 'sample' }],
  create({ percentage, keep_errors: keepErrors, logs_without_trace: withoutTrace }, next, context) {
    const threshold = thresholdOf(percentage)

    const sampleSpan = (span: Span): Span | undefined => {
      const randomness = randomnessOf(span.traceId, span.traceState)
      // Kept for itself and not by chance: it stands for no other span, so its trace state does not change.
      if (keepErrors && span.statusCode === STATUS_ERROR) return span
      if (threshold === undefined || randomness < threshold) return undefined
      const traceState = withThreshold(span.traceState, randomness, threshold)
      return traceState === span.traceState ? span : { ...span, traceState }
    }
    const isKept = (log: LogRecord, batch: Batch, index: number): boolean => {
      if (keepErrors && severityOf(log) >= SEVERITY_ERROR) return true
      if (log.traceId === '' && withoutTrace === 'keep') return true
      const randomness = randomnessOf(log.traceId === '' ? hashOf(batch.id, index) : log.traceId, '')
      return threshold !== undefined && randomness >= threshold
    }
    return {
      async consume(batch, signal) {
        switch (batch.signal) {
          case 'traces': {
            const items = batch.items.map(sampleSpan).filter(span => span !== undefined)
            return next({ ...keepItems(batch, items, context.id), items }, signal)
          }
          case 'logs': {
            const items = batch.items.filter((log, i) => isKept(log, batch, i))
            return next(keepItems(batch, items, context.id), signal)
          }
          case 'metrics':
            return next(batch, signal)
        }
      },
    }
  },
})

/** As many random-looking bits as a trace id has, for a record that has none. */
function hashOf(batchId: string, index: number): string {
  return createHash('sha256').update(`${batchId}\n${index}`).digest('hex')
}
