import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { startJobs } from '../../store/jobs/index.ts'
import { triageRound } from '../../store/known-issues/triage-round.ts'
import { deliver } from './deliver.ts'

export const triage = define({
  kind: 'receiver',
  type: 'triage',
  summary:
    'Decides what becomes of the critical reports of nodes: a known issue with a newer version is asked to update, what is not known or is back reaches a person. Emits each decision as a finding.',
  signals: ['logs'],
  config: z.strictObject({
    recipient: z
      .string()
      .optional()
      .describe(
        'The node that looks after nodes: messages to it wait for its next heartbeat. Without one none are written.',
      ),
    interval_ms: z.int().min(100).max(600_000).default(2_000).describe('How often it looks for reports.'),
  }),
  examples: [{}, { recipient: 'it-support' }],
  create({ recipient, interval_ms: everyMs }, next, context) {
    const stopping = new AbortController()
    let jobs: { stop(): Promise<void> } | undefined
    const options = { receiver: context.id, recipient: recipient === '' ? undefined : recipient }
    return {
      async start() {
        const { database, logger, meter } = context
        jobs = startJobs({
          ...{ database, logger, meter },
          jobs: [
            {
              name: 'triage',
              everyMs,
              async run({ client, signal }) {
                await triageRound(client, options)
                await deliver(client, context.id, next, context, AbortSignal.any([signal, stopping.signal]))
              },
            },
          ],
        })
      },
      async shutdown() {
        stopping.abort()
        await jobs?.stop()
      },
    }
  },
})
