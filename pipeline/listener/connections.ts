import type { Server } from 'node:http'
import type { Socket } from 'node:net'

interface Connection {
  requests: number
  /** When its last request ended, or when it was opened. */
  idleSince: number
}

/**
 * Bounds the connections of a server. Past `max` the one goes that has been idle the longest, which a client that is
 * still there takes for the end of its keep-alive time: whoever opens connections and leaves them lying thereby closes
 * his own. Where none is idle the new one is turned away.
 */
export function limitConnections(server: Server, max: number): void {
  const open = new Map<Socket, Connection>()
  // With TLS this comes after the handshake; those that never finish it are Node's to end (HEADERS_TIMEOUT_MS).
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
  server.on(event, (socket: Socket) => {
    open.set(socket, { requests: 0, idleSince: performance.now() })
    socket.once('close', () => open.delete(socket))
    if (open.size > max) (longestIdle(open) ?? socket).destroy()
  })
  server.on('request', ({ socket }, response) => {
    const connection = open.get(socket)
    if (connection === undefined) return
    connection.requests += 1
    response.once('close', () => {
      connection.requests -= 1
      connection.idleSince = performance.now()
    })
  })
}

function longestIdle(open: ReadonlyMap<Socket, Connection>): Socket | undefined {
  let found: Socket | undefined
  let since = Number.POSITIVE_INFINITY
  for (const [socket, { requests, idleSince }] of open) {
    if (requests > 0 || idleSince >= since || socket.destroyed) continue
    found = socket
    since = idleSince
  }
  return found
}
