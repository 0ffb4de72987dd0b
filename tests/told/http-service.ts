import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
  /** The request is taken, and the connection closed without an answer. */
  readonly isLost?: boolean
  /** The request is taken, and there is no answer for as long as the other side waits. */
  readonly isHeld?: boolean
}

/** A real HTTP server on loopback that answers as the test says, and keeps what it was asked. */
export async function openHttpService(respond: (request: ReceivedRequest) => ScriptedAnswer = () => ({})) {
  const requests: ReceivedRequest[] = []
  /** Answers of the next requests, before `respond` is asked. */
  const script: ScriptedAnswer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const received = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
      requests.push(received)
      answer(response, script.shift() ?? respond(received))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    script,
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answer(
  response: ServerResponse,
  { status = 200, headers, body = '{}', isLost = false, isHeld = false }: ScriptedAnswer,
): void {
  if (isHeld) return
  if (isLost) response.socket?.destroy()
  else response.writeHead(status, headers).end(body)
}
