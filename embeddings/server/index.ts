import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import type { Logger } from 'pino'
import { EmbeddingError } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { assertGuarded, hostAndPort } from './access.ts'
import { createService } from './app.ts'
import type { ServerSettings } from './settings.ts'

export interface EmbeddingServer {
  /** `host:port`, with the port that was found where 0 was asked for. */
  readonly address: string
  /** Takes no new work, answers what is under way, and cuts off what is left after `shutdown_timeout_ms`. */
  stop(): Promise<void>
}

/** A caller that trickles its body is cut off after this long. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * Serves `provider` over HTTP; it stays the caller's to close.
 *
 * @throws EmbeddingError SETTINGS_INVALID, ADDRESS_UNAVAILABLE
 */
export async function startEmbeddingServer(
  provider: EmbeddingProvider,
  settings: ServerSettings,
  logger: Logger,
): Promise<EmbeddingServer> {
  assertGuarded(settings)
  let isStopping = false
  const app = createService({ provider, settings, logger, isStopping: () => isStopping })
  const { host, port } = hostAndPort(settings.endpoint)
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
  const server = serve(
    {
      fetch: app.fetch,
      hostname: host,
      port,
      createServer,
      serverOptions: { requestTimeout: REQUEST_TIMEOUT_MS },
    },
    resolve,
  )
  server.once('error', error => reject(addressError(error, settings.endpoint)))
  const found = await promise
  return {
    address: `${found.family === 'IPv6' ? `[${found.address}]` : found.address}:${found.port}`,
    stop: () => {
      isStopping = true
      return stopped(server, settings.shutdown_timeout_ms)
    },
  }
}

function stopped(server: ServerType, timeoutMs: number): Promise<void> {
  return new Promise(resolve => {
    const deadline = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), timeoutMs)
    server.close(() => {
      clearTimeout(deadline)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}

function addressError(error: Error, endpoint: string): EmbeddingError {
  const whys: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there; end it, or choose another port',
    EACCES: 'this user may not listen there; choose a port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address',
  }
  const why = whys[String(Reflect.get(error, 'code'))] ?? error.message
  return new EmbeddingError('ADDRESS_UNAVAILABLE', `cannot listen on ${endpoint}: ${why}`, { cause: error })
}
