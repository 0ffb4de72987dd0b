import { z } from 'zod'
import type { AgentPort } from '../../pipeline/agent/port.ts'
import { define } from '../../pipeline/component.ts'
import { bearerGuard, tokenSetting } from '../../pipeline/edge/access.ts'
import { readEdgeJson, readEdgeObject } from '../../pipeline/edge/body.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { type Job, startJobs } from '../../store/jobs/index.ts'
import { giveFeedback, VERDICTS } from '../../store/reports/feedback.ts'
import { reportRound } from '../../store/reports/round.ts'
import { deliver } from './deliver.ts'
import { proseRound } from './prose/index.ts'

const MINUTE_MS = 60_000

/** What somebody says of a report, and of which. */
const feedback = z.strictObject({
  report_id: z.string().min(4).max(64),
  feedback: z.enum(VERDICTS),
  userId: z.string().min(1).max(255),
  hypothesis: z.int().min(1).max(100).optional().describe('other: the number of the hypothesis that was right'),
  cause: z.string().max(2_000).optional().describe('other: what it was, in words'),
})

export const reports = define({
  kind: 'receiver',
  type: 'reports',
  summary:
    'Explains what was noticed (a debug event of high priority, a new error, an anomaly, an incident): reads the minutes before it, stores what it likely comes from, and emits that as a finding. Where service.agent names a language model, it puts what is stored into sentences that name their evidence. POST /chat/feedback on the HTTP port of the application takes what people say of it.',
  signals: ['logs'],
  config: z.strictObject({
    interval_ms: z.int().min(100).max(60_000).default(1_500).describe('How often it looks for what was noticed.'),
    window_minutes: z.int().min(1).max(60).default(5).describe('So many minutes before it are explained.'),
    usual_minutes: z.int().min(1).max(180).default(15).describe('They are compared with so many before those.'),
    again_minutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(5)
      .describe('What comes again within this time, or has the same cause, has the same report.'),
    prose_deadline_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(30_000)
      .describe(
        'With service.agent: so long the language model has for the prose of a report that is stored and told already.',
      ),
    tokens: tokenSetting,
    ...edgeLimits(65_536),
  }),
  examples: [{}, { window_minutes: 10 }],
  create(settings, next, context) {
    const stopping = new AbortController()
    let jobs: { stop(): Promise<void> } | undefined
    const options = {
      receiver: context.id,
      windowMs: settings.window_minutes * MINUTE_MS,
      usualMs: settings.usual_minutes * MINUTE_MS,
      againMs: settings.again_minutes * MINUTE_MS,
    }
    const guard = bearerGuard(settings.tokens, context.isHttpLocal)
    addEdgeRoute(context, {
      path: '/chat/feedback',
      limits: settings,
      admit: c => ({ token: guard(c.req.header('authorization')) }),
      take: async (c, body) => {
        const said = readEdgeObject(feedback, readEdgeJson(c, body))
        const { report_id: report, userId: by, feedback: verdict, hypothesis: place, cause } = said
        try {
          const kept = await withClient(context.database, 'owner', client =>
            giveFeedback(client, { report, by, verdict, place, cause }),
          )
          return { status: 'refined', report_id: kept.report, weights_version: kept.weightsVersion }
        } catch (error) {
          if (error instanceof SensoriumError && error.code === 'USAGE') throw new EdgeRefusal(404, error.message)
          throw error
        }
      },
    })
    const { agent } = context
    // A connection of its own: no report waits for what is written about another.
    const proseJob = (model: AgentPort): Job => ({
      name: 'report_prose',
      everyMs: settings.interval_ms,
      isLong: true,
      run: ({ client, now, signal }) =>
        proseRound(client, model, settings.prose_deadline_ms, +now, AbortSignal.any([signal, stopping.signal])),
    })
    return {
      async start() {
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          jobs: [
            {
              name: 'reports',
              everyMs: settings.interval_ms,
              // To explain takes a second or two, for which detectors do not wait.
              isLong: true,
              async run({ client, now, signal }) {
                const ending = AbortSignal.any([signal, stopping.signal])
                await reportRound(client, options, +now, ending)
                await deliver(client, context.id, next, context, ending)
              },
            },
            ...(agent === undefined ? [] : [proseJob(agent)]),
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
