import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isTooSlow, keepPace, type Pace, startPace, watchPace } from './pace.ts'

interface Body {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly bytesBefore: number
  readonly pace: Pace
}

/** Ends requests whose body comes too slowly, falls silent or takes too long: 408 where nothing was answered yet. */
export function endSlowBodies(server: Server): void {
  const bodies = new Set<Body>()
  server.on('request', (incoming, response) => {
    if (incoming.complete || hasNoBody(incoming)) return
    const body = { incoming, response, bytesBefore: incoming.socket.bytesRead, pace: startPace(performance.now()) }
    bodies.add(body)
    incoming.once('close', () => bodies.delete(body))
  })
  const stop = watchPace(now => {
    for (const body of bodies) {
      const { incoming, pace, bytesBefore } = body
      keepPace(pace, incoming.socket.bytesRead - bytesBefore, incoming.readableLength > 0, now)
      if (incoming.complete) bodies.delete(body)
      else if (isTooSlow(pace, now)) end(body)
    }
  })
  server.once('close', stop)
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

function end({ incoming, response }: Body): void {
  if (response.headersSent) {
    incoming.socket.destroy()
    return
  }
  response.writeHead(408, { connection: 'close', 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: 'the body came too slowly; send it again over a connection of its own' }), () =>
    incoming.destroy(),
  )
}
