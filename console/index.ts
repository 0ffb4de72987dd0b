import { meaningOf } from '../embeddings/meaning.ts'
import { openEmbeddingProvider } from '../embeddings/open.ts'
import type { EmbeddingProvider } from '../embeddings/provider.ts'
import { createFairTurns } from '../mcp/in-turn.ts'
import { define } from '../pipeline/component.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import { createSearcher } from '../store/search/index.ts'
import { warmConnections } from '../store/warm-connections.ts'
import { consoleSettings } from './config.ts'
import { createAccess } from './server/access.ts'
import { addChanges } from './server/changes.ts'
import { addConversation } from './server/conversation/index.ts'
import { securityHeaders } from './server/headers.ts'
import { createLive } from './server/live.ts'
import { addOwnerPage } from './server/owner-page.ts'
import { addPages } from './server/pages.ts'
import { addQuestions } from './server/questions.ts'
import { addSignIn } from './server/sign-in.ts'

/** Questions that wait for each that runs. */
const WAITING_FACTOR = 8
/** People change little at once. */
const WRITERS_KEPT = 2

const OPEN_TO_ALL =
  'other machines can reach the console (service.http.endpoint), and nobody is asked who they are: set receivers.console.auth and add people with `sensorium console users add`, or listen on 127.0.0.1, or set receivers.console.enabled to false'

export const webConsole = define({
  kind: 'receiver',
  type: 'console',
  summary:
    'Serves the web console at / on the HTTP port of the application. What people change there is in console_actions; it emits nothing.',
  signals: ['logs'],
  config: consoleSettings,
  examples: [
    {},
    { auth: { session_hours: 8, require_on_loopback: true } },
    {
      auth: {
        passwords: false,
        oidc: {
          issuer: 'https://id.example.com',
          client_id: 'sensorium',
          client_secret: '${env:SENSORIUM_OIDC_SECRET}',
          public_url: 'https://sensorium.example.com',
          grants: [
            { has: 'sensorium-admins', role: 'admin' },
            { has: 'shop-team', role: 'responder', services: ['shop', 'checkout'] },
            { has: '*', role: 'viewer', services_claim: 'sensorium_services' },
          ],
        },
      },
    },
  ],
  create(settings, _next, context) {
    if (!settings.enabled) return {}
    const inTurn = createFairTurns(settings.reads_at_once, settings.reads_at_once * WAITING_FACTOR)
    const readers = warmConnections(context.database, 'reader', settings.reads_at_once)
    const writers = warmConnections(context.database, 'writer', WRITERS_KEPT)
    const stopping = new AbortController()
    let provider: EmbeddingProvider | undefined
    // By words and letters until the model is there.
    let searcher = createSearcher(context.database, undefined, readers)
    const asking = () => ({ database: context.database, searcher, inTurn, connections: readers })
    const live = createLive(context, settings.streams_max)
    const access = createAccess(settings, context, writers)
    context.http.use('/console/api/*', securityHeaders)
    const pages = addPages(context.http)
    addSignIn(settings, context, writers, access)
    addQuestions(context, asking, live, access)
    addChanges(context, writers, access)
    addOwnerPage(context, asking, writers)
    const conversation = addConversation(context, asking, writers, access)
    return {
      start: async () => {
        if (!context.isHttpLocal && settings.auth === undefined) throw new SensoriumError('CONFIG_INVALID', OPEN_TO_ALL)
        provider = await openEmbeddingProvider(settings.model, context.logger)
        searcher = createSearcher(context.database, meaningOf(provider, stopping.signal), readers)
        void searcher.prepare(stopping.signal)
        pages.start()
      },
      shutdown: async () => {
        stopping.abort()
        live.close()
        conversation.close()
        await Promise.all([pages.close(), readers.close(), writers.close(), provider?.close()])
      },
    }
  },
})
