import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { startJobs } from '../../store/jobs/index.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import { baselinesLearntAt, initializeBaselines } from '../../store/reflexes/baselines.ts'
import { driftRound } from '../../store/reflexes/drift-round.ts'
import { checkAlerts, readAlerts } from './alerts-file.ts'
import { deliver } from './deliver.ts'
import { faultsOfFile } from './files.ts'

const DAY_MS = 86_400_000

export const anomalies = define({
  kind: 'receiver',
  type: 'anomalies',
  summary:
    'Watches requests, errors, durations, problems and named metrics minute by minute, and emits a finding when something becomes unusual and when it is over.',
  signals: ['logs'],
  config: z.strictObject({
    alerts: z
      .string()
      .optional()
      .describe('config/alerts.yaml, or another file like it; its defaults where there is none.'),
    interval_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(5_000)
      .describe('How often it is looked whether a minute is over.'),
    late_ms: z.int().min(0).max(600_000).default(10_000).describe('A minute is judged so long after its end.'),
    baseline_days: z
      .int()
      .min(1)
      .max(400)
      .default(30)
      .describe('What is usual at each hour of the week is learnt from so many days, once a day.'),
  }),
  checkFiles: ({ alerts }) => faultsOfFile(alerts, checkAlerts),
  examples: [{}, { late_ms: 30_000 }],
  create({ alerts: file, interval_ms: everyMs, late_ms: lateMs, baseline_days: days }, next, context) {
    const stopping = new AbortController()
    let jobs: { stop(): Promise<void> } | undefined
    return {
      async start() {
        const alerts = await readAlerts(file)
        const { detect: settings, exemptions, metrics, driftSigmas } = alerts
        const reflex = createAnomalyReflex({ settings, exemptions, metrics, lateMs, receiver: context.id })
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          jobs: [
            {
              name: 'anomalies',
              everyMs,
              async run({ client, now, signal }) {
                await reflex.round(client, +now)
                await driftRound(client, { sigmas: driftSigmas, receiver: context.id }, +now)
                await deliver(client, context.id, next, context, AbortSignal.any([signal, stopping.signal]))
              },
            },
            {
              name: 'baselines',
              everyMs: DAY_MS / 24,
              delayMs: 60_000,
              isLong: true,
              async run({ client, now }) {
                const learntAt = await baselinesLearntAt(client)
                if (learntAt === undefined || +now - learntAt >= DAY_MS) await initializeBaselines(client, days, +now)
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
