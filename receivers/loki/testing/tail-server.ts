import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A WebSocket server (RFC 6455) that sends texts and hangs up: the part of a Loki that a tail talks to. */
export interface TailServer {
  readonly url: string
  /** Resolves with the next connection. */
  connected(): Promise<TailConnection>
}

export interface TailConnection {
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  send(message: object): void
  /** Without a word, as a host that dies. */
  cut(): void
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export async function openTailServer(t: TestContext): Promise<TailServer> {
  const sockets = new Set<Socket>()
  const arrived: TailConnection[] = []
  const waiting: ((connection: TailConnection) => void)[] = []
  const server = createServer()
  server.on('upgrade', (request, socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    const connection: TailConnection = {
      url: new URL(request.url ?? '', 'http://localhost'),
      headers: request.headers,
      send: message => socket.write(textFrame(JSON.stringify(message))),
      cut: () => socket.destroy(),
    }
    const next = waiting.shift()
    if (next === undefined) arrived.push(connection)
    else next(connection)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected: () => {
      const ready = arrived.shift()
      return ready === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(ready)
    },
  }
}

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(payload.length < 126 ? 2 : 4)
  header[0] = 0x81
  if (payload.length < 126) header[1] = payload.length
  else {
    header[1] = 126
    header.writeUInt16BE(payload.length, 2)
  }
  return Buffer.concat([header, payload])
}
