import { constants, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { HEADERS_TIMEOUT_MS, MAX_CONNECTIONS } from '../../../pipeline/listener/limits.ts'

interface Watched {
  calls: number
  idleSince: number
  hasSpoken: boolean
  /** Since its last call. */
  pings: number
}

/** Without a call between them. Clients measure the line with pings beside their calls, and keep idle ones alive. */
const MAX_PINGS = 10_000
/** A host that vanished is noticed by the kernel. */
const TCP_KEEP_ALIVE_MS = 60_000

/**
 * Bounds the connections of the server, as `limitConnections` does for HTTP/1: past the limit the one goes that has
 * been idle the longest. Those that do not begin to speak HTTP/2, and those that only ping, are ended. Floods of
 * streams, resets and settings are Node's to end, by limits of its own.
 */
export function watchSessions(server: Http2Server): { close(): void; destroy(): void } {
  const open = new Map<ServerHttp2Session, Watched>()
  server.on('connection', (socket: Socket) => socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS))
  server.on('session', session => {
    const now = performance.now()
    const watched: Watched = { calls: 0, idleSince: now, hasSpoken: false, pings: 0 }
    open.set(session, watched)
    const silent = setTimeout(() => {
      if (!watched.hasSpoken) session.destroy()
    }, HEADERS_TIMEOUT_MS)
    silent.unref()
    session.once('remoteSettings', () => {
      watched.hasSpoken = true
    })
    session.once('close', () => {
      clearTimeout(silent)
      open.delete(session)
    })
    session.on('error', () => {}) // it closes, and its calls are told
    session.on('ping', () => {
      watched.hasSpoken = true
      watched.pings += 1
      if (watched.pings > MAX_PINGS) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    })
    session.on('stream', stream => {
      watched.hasSpoken = true
      watched.pings = 0
      watched.calls += 1
      stream.once('close', () => {
        watched.calls -= 1
        watched.idleSince = performance.now()
      })
    })
    if (open.size > MAX_CONNECTIONS) (longestIdle(open) ?? session).destroy()
  })
  return {
    close: () => {
      for (const session of open.keys()) session.close()
    },
    destroy: () => {
      for (const session of open.keys()) session.destroy()
    },
  }
}

function longestIdle(open: ReadonlyMap<ServerHttp2Session, Watched>): ServerHttp2Session | undefined {
  let found: ServerHttp2Session | undefined
  let since = Number.POSITIVE_INFINITY
  for (const [session, { calls, idleSince }] of open) {
    if (calls > 0 || idleSince >= since || session.destroyed) continue
    found = session
    since = idleSince
  }
  return found
}
