import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { HEADERS_TIMEOUT_MS, MAX_CONNECTIONS } from '../../../pipeline/listener/limits.ts'
import { createNewcomers } from './newcomers.ts'

interface Watched {
  calls: number
  idleSince: number
  hasSpoken: boolean
  /** A call came that was not of nothing, and it was not cut off. */
  isHonest: boolean
  /** How much more it may say that brings nothing. */
  credit: number
  creditAt: number
}

/**
 * What brings nothing: pings, settings, calls that are taken back, of nobody, to nowhere or of no message. Clients
 * measure the line with pings beside their calls, keep idle connections alive, and give up calls past their deadline:
 * a call that is answered gives some back, and time does.
 */
const CREDIT_MAX = 100
const CREDIT_PER_S = 10
const CREDIT_OF_A_CALL = 3
const OF_NOTHING = new Set([
  status.INVALID_ARGUMENT,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.UNIMPLEMENTED,
])
/** A host that vanished is noticed by the kernel. */
const TCP_KEEP_ALIVE_MS = 60_000

/**
 * Bounds the connections of the server, as `limitConnections` does for HTTP/1: past the limit the one goes that has
 * been idle the longest. Those that do not begin to speak HTTP/2 are ended, and so are those that only make work. Floods
 * of frames that never reach us (empty ones, header blocks without an end) are Node's to end, by limits of its own.
 */
export function watchSessions(server: Http2Server): { close(): void; destroy(): void } {
  const open = new Map<ServerHttp2Session, Watched>()
  const newcomers = createNewcomers()
  // Node's own listener makes a session of a connection, and takes what has come until then; here it does so when it is
  // the connection's turn.
  const begin = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    socket.on('error', () => {}) // it has left
    newcomers.admit(socket, () => {
      for (const listener of begin) listener.call(server, socket)
    })
  })
  server.on('session', session => {
    const now = performance.now()
    // Nobody knows it any more when the socket is gone.
    const address = session.socket.remoteAddress
    const watched: Watched = {
      calls: 0,
      idleSince: now,
      hasSpoken: false,
      isHonest: false,
      credit: CREDIT_MAX,
      creditAt: now,
    }
    open.set(session, watched)
    const silent = setTimeout(() => {
      if (!watched.hasSpoken) session.destroy()
    }, HEADERS_TIMEOUT_MS)
    silent.unref()
    session.once('close', () => {
      clearTimeout(silent)
      open.delete(session)
      if (!watched.isHonest) newcomers.wasted(address)
    })
    // It closes, and its calls are told.
    session.on('error', error => {
      if (/^ERR_HTTP2/.test((error as NodeJS.ErrnoException).code ?? '')) watched.isHonest = false
    })
    const charge = () => {
      watched.hasSpoken = true
      if (pay(watched, performance.now()) >= 0) return
      watched.isHonest = false
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    }
    session.on('ping', charge)
    session.on('remoteSettings', charge)
    session.on('stream', stream => {
      watched.hasSpoken = true
      watched.calls += 1
      stream.once('close', () => {
        watched.calls -= 1
        watched.idleSince = performance.now()
        if (broughtNothing(stream)) return charge()
        watched.isHonest = true
        watched.credit = Math.min(CREDIT_MAX, watched.credit + CREDIT_OF_A_CALL)
      })
    })
    if (open.size > MAX_CONNECTIONS) (longestIdle(open) ?? session).destroy()
  })
  return {
    close: () => {
      newcomers.close()
      for (const session of open.keys()) session.close()
    },
    destroy: () => {
      for (const session of open.keys()) session.destroy()
    },
  }
}

/** What is left after one more. */
function pay(watched: Watched, now: number): number {
  const earned = ((now - watched.creditAt) / 1_000) * CREDIT_PER_S
  watched.credit = Math.min(CREDIT_MAX, watched.credit + earned) - 1
  watched.creditAt = now
  return watched.credit
}

function broughtNothing({ rstCode, sentHeaders }: ServerHttp2Stream): boolean {
  return rstCode !== constants.NGHTTP2_NO_ERROR || OF_NOTHING.has(Number(sentHeaders?.['grpc-status'] ?? status.OK))
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
