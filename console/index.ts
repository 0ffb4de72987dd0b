import { createFairTurns } from '../mcp/in-turn.ts'
import { define } from '../pipeline/component.ts'
import { createRateLimits } from '../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../pipeline/edge/refusal.ts'
import { addressOf } from '../pipeline/edge/route.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import { isLoopbackName } from '../pipeline/listener/hosts.ts'
import { senderOf } from '../pipeline/sender.ts'
import { createSearcher } from '../store/search/index.ts'
import { warmConnections } from '../store/warm-connections.ts'
import { consoleSettings } from './config.ts'
import { createLive } from './server/live.ts'
import { addPages } from './server/pages.ts'
import { addQuestions } from './server/questions.ts'

/** Questions that wait for each that runs. */
const WAITING_FACTOR = 8

export const webConsole = define({
  kind: 'receiver',
  type: 'console',
  summary: 'Serves the web console at / on the HTTP port of the application.',
  signals: ['logs'],
  config: consoleSettings,
  examples: [{}, { auth: { session_hours: 8, require_on_loopback: true } }],
  create(settings, _next, context) {
    if (!settings.enabled) return {}
    const inTurn = createFairTurns(settings.reads_at_once, settings.reads_at_once * WAITING_FACTOR)
    const rates = createRateLimits(settings.requests_per_s, settings.burst_requests)
    const connections = warmConnections(context.database, 'reader', settings.reads_at_once)
    const asking = { database: context.database, searcher: createSearcher(context.database), inTurn, connections }
    addPages(context.http)
    const live = createLive(context, settings.streams_max)
    addQuestions(
      context,
      () => asking,
      live,
      async c => {
        rates.allow(senderOf(addressOf(c)), performance.now())
        const host = (c.req.header('host') ?? '').replace(/:\d*$/, '')
        // A name that resolves to this machine is not this machine.
        if (!isLoopbackName(host)) throw new EdgeRefusal(403, 'ask under 127.0.0.1 or localhost')
        return { name: 'local', role: 'admin', services: undefined }
      },
    )
    return {
      start: async () => {
        if (context.isHttpLocal || settings.auth !== undefined) return
        throw new SensoriumError(
          'CONFIG_INVALID',
          'other machines can reach the console (service.http.endpoint), and nobody is asked who they are: set receivers.console.auth and add people with `sensorium console users add`, or listen on 127.0.0.1, or set receivers.console.enabled to false',
        )
      },
      shutdown: async () => {
        live.close()
        await connections.close()
      },
    }
  },
})
