import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { openListener } from '../../pipeline/listener/index.ts'
import { EmbeddingError, errorText } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { assertGuarded, hostAndPort } from './access.ts'
import { createService } from './app.ts'
import { createLoadingService } from './loading.ts'
import type { ServerSettings } from './settings.ts'

export interface EmbeddingServer {
  /** `host:port`, with the port that was found where 0 was asked for. */
  readonly address: string
  /** Answers with `provider` from now on; it stays the caller's to close. Until then requests are told 503. */
  serve(provider: EmbeddingProvider): void
  /** Takes no new work, answers what is under way, and cuts off what is left after `shutdown_timeout_ms`. */
  stop(): Promise<void>
}

/**
 * Listens, so that a taken port is told before a model is loaded, and callers meanwhile are told to wait.
 *
 * @throws EmbeddingError SETTINGS_INVALID, ADDRESS_UNAVAILABLE
 */
export async function startEmbeddingServer(settings: ServerSettings, logger: Logger): Promise<EmbeddingServer> {
  assertGuarded(settings)
  const stopping = new AbortController()
  let app = createLoadingService()
  const { host, port } = hostAndPort(settings.endpoint)
  const server = await openListener({
    fetch: request => app.fetch(request),
    host,
    port,
    // Who shows a token was not led here by a page.
    hosts: settings.token === undefined ? { allowedHosts: [host], allowedOrigins: [], isLocal: true } : undefined,
  }).catch((error: unknown) => {
    throw addressError(error, settings.endpoint)
  })
  const whenIdle = requestsOf(server)
  const found = server.address() as AddressInfo // it listens on a port
  return {
    address: `${found.family === 'IPv6' ? `[${found.address}]` : found.address}:${found.port}`,
    serve: provider => {
      app = createService({ provider, settings, logger, stopping: stopping.signal })
    },
    stop: async () => {
      stopping.abort()
      const closed = once(server, 'close')
      server.close()
      const deadline = setTimeout(() => server.closeAllConnections(), settings.shutdown_timeout_ms)
      await Promise.race([whenIdle(), closed])
      // What is open now has no request under way; Node would wait for those that never sent one.
      server.closeAllConnections()
      await closed
      clearTimeout(deadline)
    },
  }
}

/** Returns what resolves once every answer has been sent, or its caller has left. */
function requestsOf(server: Server): () => Promise<void> {
  let underWay = 0
  let idle = Promise.withResolvers<void>()
  idle.resolve()
  server.on('request', (_, response) => {
    if (underWay === 0) idle = Promise.withResolvers()
    underWay += 1
    response.once('close', () => {
      underWay -= 1
      if (underWay === 0) idle.resolve()
    })
  })
  return () => idle.promise
}

function addressError(error: unknown, endpoint: string): EmbeddingError {
  const whys: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there; end it, or choose another port',
    EACCES: 'this user may not listen there; choose a port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address',
  }
  const code = error instanceof Error ? String(Reflect.get(error, 'code')) : ''
  const why = whys[code] ?? errorText(error)
  return new EmbeddingError('ADDRESS_UNAVAILABLE', `cannot listen on ${endpoint}: ${why}`, { cause: error })
}
