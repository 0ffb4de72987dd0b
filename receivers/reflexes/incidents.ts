import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { startJobs } from '../../store/jobs/index.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { checkAlerts, readAlerts } from './alerts-file.ts'
import { deliver } from './deliver.ts'
import { faultsOfFile } from './files.ts'
import { checkSystemMap, readSystemMap } from './system-map-file.ts'

export const incidents = define({
  kind: 'receiver',
  type: 'incidents',
  summary:
    'Makes one incident of anomalies, new problems, burns and lost nodes that belong together in time and on the service map, and emits a finding when one is opened, changed, resolved or opened again.',
  signals: ['logs'],
  config: z.strictObject({
    alerts: z
      .string()
      .optional()
      .describe('config/alerts.yaml, or another file like it; its defaults where there is none.'),
    system_map: z.string().optional().describe('config/system-map.yaml, or another file like it: whose a service is.'),
    interval_ms: z.int().min(100).max(600_000).default(5_000).describe('How often findings are put together.'),
  }),
  checkFiles: async ({ alerts, system_map }) => [
    ...(await faultsOfFile(alerts, checkAlerts)),
    ...(await faultsOfFile(system_map, checkSystemMap)),
  ],
  examples: [{}],
  create({ alerts: file, system_map: mapFile, interval_ms: everyMs }, next, context) {
    const stopping = new AbortController()
    let jobs: { stop(): Promise<void> } | undefined
    return {
      async start() {
        const { incidents: settings } = await readAlerts(file)
        const declared = mapFile === undefined ? undefined : await readSystemMap(mapFile)
        const ownerOf = (service: string) => declared?.[service]?.owner
        const options = { settings, receiver: context.id, ownerOf }
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          jobs: [
            {
              name: 'incidents',
              everyMs,
              async run({ client, now, signal }) {
                await incidentRound(client, options, +now)
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
