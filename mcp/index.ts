import type { McpHttpHandler } from '@modelcontextprotocol/server'
import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { meaningOf } from '../embeddings/meaning.ts'
import { openEmbeddingProvider } from '../embeddings/open.ts'
import type { EmbeddingProvider } from '../embeddings/provider.ts'
import { DEFAULT_EMBEDDING, embeddingSettings } from '../embeddings/settings.ts'
import { type Consume, type Context, define } from '../pipeline/component.ts'
import { readEdgeBody } from '../pipeline/edge/body.ts'
import { batchId, handOn } from '../pipeline/edge/hand-on.ts'
import { EdgeRefusal } from '../pipeline/edge/refusal.ts'
import { addressOf } from '../pipeline/edge/route.ts'
import { errorText, OverloadedError } from '../pipeline/errors.ts'
import { senderOf } from '../pipeline/sender.ts'
import { createSearcher } from '../store/search/index.ts'
import { warmConnections } from '../store/warm-connections.ts'
import { type Call, callRecord } from './audit.ts'
import { allowPages, createGuard } from './guard.ts'
import { createFairTurns } from './in-turn.ts'
import { mayBeSigned, NOTE_BYTES_MAX, NOTES_PATH, type Note, readNote, SIGNATURE_HEADER } from './notes.ts'
import type { Principal } from './server.ts'

const VERSION = '0.1.0'
const MAX_BODY_BYTES = 262_144
/** Calls that wait for each that runs. */
const WAITING_FACTOR = 8

export const mcp = define({
  kind: 'receiver',
  type: 'mcp',
  summary:
    'Answers agents: a read-only MCP server at /mcp on the HTTP port of the application. What it emits is its audit log, a record of each call.',
  signals: ['logs'],
  config: z.strictObject({
    require_token: z
      .boolean()
      .default(false)
      .describe('Ask for a token on loopback, too. On any other endpoint one is always asked for.'),
    model: embeddingSettings
      .default(DEFAULT_EMBEDDING)
      .describe('How questions are embedded: the same as the model of the processor embed.'),
    default_service: z
      .string()
      .optional()
      .describe(
        'Service or product that a call is about where it names none, such as buddy; * in a call is all of them.',
      ),
    allowed_origins: z
      .array(z.string())
      .default([])
      .describe('Web pages that may ask, such as https://agent.example; requests without an origin are no web pages.'),
    calls_at_once: z
      .int()
      .min(1)
      .default(8)
      .describe('Calls that run at once, each on a database connection of its own; eight times as many wait.'),
    requests_per_s: z.number().min(0.1).default(50).describe('Requests a second in the long run; past it 429.'),
    burst_requests: z.int().min(1).default(200).describe('Requests at once after a quiet time.'),
  }),
  examples: [{}, { require_token: true, default_service: 'buddy', allowed_origins: ['https://agent.example'] }],
  create(settings, next, context) {
    const stopping = new AbortController()
    const audit = createAudit(context, next, stopping.signal)
    // Those of query_sql are never kept, so that half of all is enough.
    const connections = warmConnections(context.database, 'reader', Math.ceil(settings.calls_at_once / 2))
    let provider: EmbeddingProvider | undefined
    let searcher = createSearcher(context.database, undefined, connections)
    const options = {
      database: context.database,
      connections,
      get searcher() {
        return searcher
      },
      version: VERSION,
      defaultService: settings.default_service,
      onCall: audit.note,
      onFault: (error: unknown) => context.logger.error({ err: error }, 'a call of an agent failed unexpectedly'),
      inTurn: createFairTurns(settings.calls_at_once, settings.calls_at_once * WAITING_FACTOR),
    }
    const handlers = new Map<string, McpHttpHandler>()
    const handlerFor = async (principal: Principal): Promise<McpHttpHandler> => {
      // The SDK and the tools: more code than all the rest, which whoever checks a configuration does not wait for.
      const { createMcpHandler, createAgentServer } = await import('./handler.ts')
      const key = JSON.stringify(principal)
      let handler = handlers.get(key)
      if (handler === undefined) {
        handler = createMcpHandler(() => createAgentServer(options, principal), {
          maxRequestBodySize: MAX_BODY_BYTES,
          onerror: error => context.logger.debug({ err: error }, 'an MCP request was refused'),
        })
        handlers.set(key, handler)
      }
      return handler
    }
    const guard = createGuard(settings, context)
    context.http.use('/mcp', allowPages(settings, context))
    context.http.all('/mcp', async c => {
      try {
        const principal = await guard(c)
        if (c.req.method !== 'POST') return onlyPost(c)
        return await (await handlerFor(principal)).fetch(await withBody(c, context))
      } catch (error) {
        return refused(c, error, context)
      }
    })
    context.http.post(NOTES_PATH, async c => {
      if (!mayBeSigned(c.req.header(SIGNATURE_HEADER))) return c.json(UNSIGNED, 401)
      const promised = Number(c.req.header('content-length') ?? Number.NaN)
      if (!(promised <= NOTE_BYTES_MAX)) return c.json({ error: 'send the length, and no more than that' }, 413)
      const body = new Uint8Array(await c.req.arrayBuffer())
      const noted = readNote(context.database, body, c.req.header(SIGNATURE_HEADER), new Date())
      if (noted === undefined) return c.json(UNSIGNED, 401)
      audit.handedIn(noted)
      return c.json({}, 202)
    })
    return {
      start: async () => {
        await import('./handler.ts')
        provider = await openEmbeddingProvider(settings.model, context.logger)
        searcher = createSearcher(context.database, meaningOf(provider, stopping.signal), connections)
        void searcher.prepare(stopping.signal)
      },
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
        await Promise.all([...handlers.values()].map(handler => handler.close()))
        await audit.settled()
        stopping.abort()
        await connections.close()
        await provider?.close()
      },
    }
  },
})

const UNSIGNED = { error: 'not signed by a process of this Sensorium, or not now' }

/** The request with its body read under the limit that all senders share; the library would gather it by itself. */
async function withBody(c: HonoContext, { admission }: Context): Promise<Request> {
  admission.knock()
  const cut = Promise.withResolvers<never>()
  const hold = admission.hold(senderOf(addressOf(c)), cut.reject)
  try {
    const body = await Promise.race([readEdgeBody(c, MAX_BODY_BYTES, hold), cut.promise])
    const { url, headers, signal } = c.req.raw
    return new Request(url, { method: 'POST', headers, body: new Uint8Array(body), signal })
  } finally {
    hold.release()
  }
}

/** Clients try GET for a stream and DELETE for a session; a server without them says so by 405. */
function onlyPost(c: HonoContext): Response {
  c.header('allow', 'POST')
  const message = `${c.req.method} is not answered: this server has no sessions to end and no stream to open; send each JSON-RPC request by POST`
  return c.json({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }, 405)
}

function refused(c: HonoContext, error: unknown, context: Context): Response {
  if (error instanceof EdgeRefusal) {
    if (error.retryAfterMs !== undefined) c.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)))
    return c.json({ error: error.message }, error.status)
  }
  if (!(error instanceof OverloadedError)) {
    context.logger.error({ err: error }, 'an MCP request failed unexpectedly')
  }
  c.header('retry-after', '5')
  return c.json({ error: 'the server cannot answer now; try again' }, 503)
}

/** Calls are noted beside the answers: a database that is slow to take a note must not slow the agent. */
function createAudit(context: Context, next: Consume, stopping: AbortSignal) {
  const open = new Set<Promise<void>>()
  let number = 0
  const started = Date.now()
  const store = (id: string, call: Call, at: Date): void => {
    const bytes = JSON.stringify(call.arguments).length + 300
    const handed = handOn(context, next, stopping, { id, signal: 'logs', items: [callRecord(call, at)], bytes })
      .then(({ rejected }) => {
        if (rejected > 0) throw new Error('the database refused it; it is in dead_letters')
      })
      .catch((error: unknown) =>
        context.logger.error(`a call of an agent is not in the audit log: ${errorText(error)}`),
      )
      .then(() => {
        open.delete(handed)
      })
    open.add(handed)
  }
  return {
    note(call: Call): void {
      number += 1
      store(batchId('mcp', context.id, String(process.pid), String(started), String(number)), call, new Date())
    },
    /** Of another process of ours. The same note has the same id, so that the ledger stores it once. */
    handedIn({ id, at, ...call }: Note): void {
      store(batchId('mcp', 'note', id), call, at)
    },
    settled: async () => {
      await Promise.all(open)
    },
  }
}
