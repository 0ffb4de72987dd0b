import { Hono } from 'hono'
import { RefusedError, responseTo } from './refusal.ts'

/** A model of a gigabyte is read and optimised in some ten seconds; asking a few times meanwhile costs nobody much. */
const RETRY_AFTER_MS = 2_000

/** What is answered until the model is there: callers are told to come again, instead of finding nobody. */
export function createLoadingService(): Hono {
  const app = new Hono()
  app.get('/healthz', c => c.json({ status: 'loading' }, 503))
  app.all('*', () =>
    responseTo(new RefusedError(503, 'loading', 'the model is being loaded; send again later', RETRY_AFTER_MS)),
  )
  return app
}
