import { constants, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { HEADERS_TIMEOUT_MS, MAX_CONNECTIONS } from '../../../pipeline/listener/limits.ts'

interface Watched {
  calls: number
  idleSince: number
  pings: number
  pingsSince: number
}

/** The Collector pings every 10 s at the most; who pings more than this keeps us at answering pings. */
const MAX_PINGS = 100
const PING_WINDOW_MS = 10_000
/** What every client of HTTP/2 says first (RFC 9113, 3.4). */
const PREFACE_BYTES = 24
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
    const watched: Watched = { calls: 0, idleSince: now, pings: 0, pingsSince: now }
    open.set(session, watched)
    const silent = setTimeout(() => {
      if (session.socket.bytesRead < PREFACE_BYTES) session.destroy()
    }, HEADERS_TIMEOUT_MS)
    silent.unref()
    session.once('close', () => {
      clearTimeout(silent)
      open.delete(session)
    })
    session.on('error', () => {}) // it closes, and its calls are told
    session.on('ping', () => {
      if (isTooMany(watched)) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    })
    session.on('stream', stream => {
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

function isTooMany(watched: Watched): boolean {
  const now = performance.now()
  if (now - watched.pingsSince > PING_WINDOW_MS) {
    watched.pings = 0
    watched.pingsSince = now
  }
  watched.pings += 1
  return watched.pings > MAX_PINGS
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
