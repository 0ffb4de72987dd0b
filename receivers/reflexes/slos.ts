import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { startJobs } from '../../store/jobs/index.ts'
import { createObjectiveReflex } from '../../store/reflexes/objective-round.ts'
import { checkAlerts, readAlerts } from './alerts-file.ts'
import { deliver } from './deliver.ts'
import { faultsOfFile } from './files.ts'

export const slos = define({
  kind: 'receiver',
  type: 'slos',
  summary: 'Watches the objectives of config/alerts.yaml, and emits a finding when an error budget burns too fast.',
  signals: ['logs'],
  config: z.strictObject({
    alerts: z.string().optional().describe('config/alerts.yaml, or another file like it.'),
    interval_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(15_000)
      .describe('How often it is looked whether a minute is over.'),
    late_ms: z
      .int()
      .min(0)
      .max(600_000)
      .default(30_000)
      .describe(
        'A minute is counted so long after its end. Where much of one comes later, within two hours, it is judged again.',
      ),
  }),
  checkFiles: ({ alerts }) => faultsOfFile(alerts, checkAlerts),
  examples: [{}],
  create({ alerts: file, interval_ms: everyMs, late_ms: lateMs }, next, context) {
    const stopping = new AbortController()
    let jobs: { stop(): Promise<void> } | undefined
    return {
      async start() {
        const { objectives } = await readAlerts(file)
        const reflex = createObjectiveReflex({ objectives, lateMs, receiver: context.id })
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          jobs: [
            {
              name: 'slos',
              everyMs,
              async run({ client, now, signal }) {
                await reflex.round(client, +now)
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
