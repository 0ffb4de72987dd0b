import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { bearerGuard, presentSecrets, secretList, tokenSetting } from '../../pipeline/edge/access.ts'
import { readEdgeJson, readEdgeObject } from '../../pipeline/edge/body.ts'
import { batchId, type EdgeReceipt, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import { nowUnixNano } from '../../pipeline/edge/record.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { GITHUB_EVENTS, githubProof } from './github.ts'
import { buildEventRecord, recordsOf } from './records.ts'
import { ciReport } from './report.ts'

export const ci = define({
  kind: 'receiver',
  type: 'ci',
  summary:
    'Takes test runs, lint failures, build and deploy events, and webhooks of GitHub: POST /ingest/ci on the HTTP port of the application.',
  signals: ['logs'],
  config: z.strictObject({
    tokens: tokenSetting,
    github_secrets: secretList('Secrets of GitHub’s webhooks; without one, none is taken.'),
    ...edgeLimits(4_194_304),
  }),
  examples: [{}, { tokens: ['reporter'], github_secrets: ['the-new-secret', 'the-old-secret'] }],
  create(settings, next, context) {
    const stopping = new AbortController()
    const guard = bearerGuard(settings.tokens, context.isHttpLocal)
    const secrets = presentSecrets(settings.github_secrets)
    const takeGithub = githubIntake(next, context, stopping.signal)
    addEdgeRoute(context, {
      path: '/ingest/ci',
      limits: settings,
      admit: c => {
        if (c.req.header('x-github-event') === undefined) return { token: guard(c.req.header('authorization')) }
        return { prove: githubProof(c.req.header('x-hub-signature-256'), secrets) }
      },
      take: async (c, body) => {
        if (c.req.header('x-github-event') !== undefined) return takeGithub(c, body)
        const report = readEdgeObject(ciReport, readEdgeJson(c, body))
        const id = batchId('ci', body)
        const items = recordsOf(report, id, nowUnixNano())
        return handOn(context, next, stopping.signal, { id, signal: 'logs', items, bytes: body.length })
      },
    })
    return {
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
      },
    }
  },
})

function githubIntake(next: Consume, context: Context, stopping: AbortSignal) {
  return async (c: HonoContext, body: Buffer): Promise<EdgeReceipt | { accepted: 0; ignored: string }> => {
    const name = c.req.header('x-github-event') ?? ''
    // GitHub sends whatever the webhook was set to, and `ping` when it is made: that is no fault of the sender.
    if (!Object.hasOwn(GITHUB_EVENTS, name)) return { accepted: 0, ignored: name }
    const { schema, eventOf } = GITHUB_EVENTS[name as keyof typeof GITHUB_EVENTS]
    // Each schema goes with its function, which TypeScript loses in the lookup.
    const event = eventOf(readEdgeObject(schema, readEdgeJson(c, body)) as never)
    if (event === undefined) return { accepted: 0, ignored: `${name}: a deletion` }
    const id = batchId('github', name, body)
    const items = [buildEventRecord(event, undefined, id, nowUnixNano())]
    return handOn(context, next, stopping, { id, signal: 'logs', items, bytes: body.length })
  }
}
