import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Logger } from 'pino'
import { errorText } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { toUnitLength } from '../unit-length.ts'
import { tokenCheck } from './access.ts'
import { embedAnswer, openaiAnswer } from './answers.ts'
import { createBatcher } from './batcher.ts'
import { createMetrics } from './metrics.ts'
import { RefusedError, responseTo } from './refusal.ts'
import { readEmbedBody, readOpenaiBody } from './requests.ts'
import type { ServerSettings } from './settings.ts'
import { counted, unauthenticated, welcome } from './welcome.ts'

export interface ServiceOptions {
  readonly provider: EmbeddingProvider
  readonly settings: ServerSettings
  readonly logger: Logger
  /** Aborts when the service ends: no new work, and none that waits for company. */
  readonly stopping: AbortSignal
}

/** So many batches in a row that failed are no accident: the service calls itself ill, and whoever runs it restarts it. */
const MAX_FAILURES = 3
const EMBED_PATHS = ['/embed', '/v1/embed'] as const
const OPENAI_PATH = '/v1/embeddings'

/** The routes of the service. */
export function createService({ provider, settings, logger, stopping }: ServiceOptions): Hono {
  const metrics = createMetrics()
  const batcher = createBatcher(provider, settings, stopping, ({ texts, durationMs, error }) => {
    metrics.batch(texts, durationMs, error !== undefined)
    if (error === undefined) return
    logger.error({ err: error, texts }, `a batch of ${texts} texts failed: ${errorText(error)}`)
  })
  const queue = () => ({ waiting: batcher.waiting(), running: batcher.running(), limit: settings.max_queue_texts })
  const embed = async (c: Context, texts: readonly string[], normalize: boolean) => {
    const embedded = await batcher.embed(texts, c.req.raw.signal)
    metrics.tokens(embedded.tokens)
    return normalize ? { ...embedded, vectors: embedded.vectors.map(toUnitLength) } : embedded
  }

  const app = new Hono()
  app.onError((error, c) => refusedWith(error, c, logger))
  const underWay = { count: 0 }
  for (const path of [...EMBED_PATHS, OPENAI_PATH]) {
    app.use(path, counted(path, metrics, underWay))
    app.post(path, welcome(settings, batcher, underWay, stopping), limitedBody(settings.max_body_bytes))
    app.on(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], path, () => {
      throw new RefusedError(405, 'method_not_allowed', `send POST to ${path}`)
    })
  }
  for (const path of EMBED_PATHS) {
    app.post(path, async c => {
      const { texts, normalize } = readEmbedBody(await jsonOf(c), provider, settings.max_texts_per_call)
      return c.json(embedAnswer(provider, await embed(c, texts, normalize)))
    })
  }
  app.post(OPENAI_PATH, async c => {
    const { texts, encoding } = readOpenaiBody(await jsonOf(c), provider, settings.max_texts_per_call)
    return c.json(openaiAnswer(provider, await embed(c, texts, true), encoding))
  })
  app.get('/healthz', c => {
    const status = stopping.aborted ? 'stopping' : batcher.failures() >= MAX_FAILURES ? 'failing' : 'ok'
    const { id: model, dimensions, device } = provider
    const body = {
      status,
      model,
      dimensions,
      device,
      // Callers put it before questions themselves: the service cannot tell a question from a text.
      ...(provider.queryInstruction !== undefined && { query_instruction: provider.queryInstruction }),
      max_texts_per_call: settings.max_texts_per_call,
      queue: queue(),
    }
    return c.json(body, status === 'ok' ? 200 : 503)
  })
  const isKnown = tokenCheck(settings.token)
  app.get('/metrics', c => {
    if (!isKnown(c.req.header('authorization'))) throw unauthenticated()
    return c.body(metrics.expose(queue()), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  app.notFound(c => {
    const paths = [...EMBED_PATHS, OPENAI_PATH].join(', ')
    const message = `there is nothing at ${c.req.path}; POST ${paths}, GET /healthz, /metrics`
    return responseTo(new RefusedError(404, 'not_found', message))
  })
  return app
}

function limitedBody(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: () => {
      const message = `the request is larger than ${maxSize} bytes (max_body_bytes); send fewer or shorter texts`
      throw new RefusedError(413, 'body_too_large', message)
    },
  })
}

function refusedWith(error: unknown, c: Context, logger: Logger): Response {
  if (error instanceof RefusedError) return responseTo(error)
  // Nobody reads this answer, and a caller that left is no fault of ours.
  if (c.req.raw.signal.aborted) return responseTo(new RefusedError(499, 'caller_left', 'the caller left'))
  logger.error({ err: error }, `a request failed: ${errorText(error)}`)
  return responseTo(new RefusedError(500, 'unexpected', 'the service failed; its log tells why'))
}

async function jsonOf(c: Context): Promise<unknown> {
  try {
    return await c.req.json()
  } catch {
    throw new RefusedError(400, 'invalid_json', 'the body is not JSON')
  }
}
