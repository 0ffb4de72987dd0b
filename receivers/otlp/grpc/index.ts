import { createSecureServer, createServer, type Http2Server } from 'node:http2'
import { addressError } from '../../../pipeline/application-http.ts'
import { hostAndPort } from '../../../pipeline/config/schema.ts'
import { HEADERS_TIMEOUT_MS } from '../../../pipeline/listener/limits.ts'
import { readTls } from '../access.ts'
import type { GrpcSettings } from '../config.ts'
import { createCallHandler } from './call.ts'
import type { GrpcOptions } from './options.ts'
import { watchSessions } from './sessions.ts'

/** What a sender may have on its way to us: one round trip of a fast line, of one request and of a connection. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024
/** Calls that a client takes back: some when a deadline has passed. Node's own 1,000 at once are a tenth of a second. */
const RESETS_BURST = 100
const RESETS_PER_S = 33

/**
 * Listens for OTLP/gRPC and resolves to the function that stops: no new requests, those under way are answered.
 *
 * gRPC is spoken here over Node's own HTTP/2 and not through a library, because of what a library keeps from us: how
 * much of a message has come. So bytes are admitted as they arrive, and a stream that brings none holds nothing
 * (docs/decisions/grpc-over-http2.md).
 */
export async function listenGrpc(options: GrpcOptions): Promise<(deadline: AbortSignal) => Promise<void>> {
  const { settings, key } = options
  const server = await createHttp2Server(settings, key)
  const handler = createCallHandler(options)
  const sessions = watchSessions(server)
  server.on('session', session => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES))
  server.on('stream', handler.onStream)
  const { host, port } = hostAndPort(settings.endpoint)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  try {
    await promise
  } catch (error) {
    throw addressError(error, settings.endpoint, `${key}.endpoint`)
  }
  return deadline => stop(server, sessions, deadline).finally(handler.stop)
}

async function createHttp2Server(settings: GrpcSettings, key: string): Promise<Http2Server> {
  const http2 = {
    streamResetBurst: RESETS_BURST,
    streamResetRate: RESETS_PER_S,
    settings: { maxConcurrentStreams: settings.max_concurrent_streams, initialWindowSize: STREAM_WINDOW_BYTES },
  }
  if (settings.tls === undefined) return createServer(http2)
  const { cert, key: privateKey, ca } = await readTls(settings.tls, key)
  const isMutual = ca !== undefined
  return createSecureServer({
    ...http2,
    cert,
    key: privateKey,
    ...(isMutual && { ca }),
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
    handshakeTimeout: HEADERS_TIMEOUT_MS,
  })
}

function stop(server: Http2Server, sessions: ReturnType<typeof watchSessions>, deadline: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const force = () => sessions.destroy()
    server.close(() => {
      deadline.removeEventListener('abort', force)
      resolve()
    })
    if (deadline.aborted) force()
    else deadline.addEventListener('abort', force, { once: true })
    sessions.close()
  })
}
