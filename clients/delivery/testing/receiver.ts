import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A server that stands for Sensorium: it keeps what it takes, answers as it is told, and goes away and comes back. */
export interface TestReceiver {
  readonly url: string
  readonly port: number
  readonly requests: Received[]
  /** `undefined`: it never answers. */
  answer: (request: Received) => Answer | undefined
  /** Resolves once that many requests have come in. */
  received(count: number): Promise<Received[]>
  /** Connections are refused until `back`. */
  away(): Promise<void>
  back(): Promise<void>
}

/** How a server fails. */
export const FAILURES: readonly (readonly [string, (receiver: TestReceiver) => Promise<void> | void])[] = [
  ['is away', receiver => receiver.away()],
  [
    'never answers',
    receiver => {
      receiver.answer = () => undefined
    },
  ],
  [
    'asks for an hour',
    receiver => {
      receiver.answer = () => ({ status: 503, headers: { 'retry-after': '3600' } })
    },
  ],
]

export async function openReceiver(t: TestContext): Promise<TestReceiver> {
  const requests: Received[] = []
  const waiters = new Set<() => void>()
  let server: Server
  let port = 0
  const receiver = {
    requests,
    answer: (): Answer | undefined => ({ status: 202, body: '{"ok":true}' }),
  } as unknown as { -readonly [K in keyof TestReceiver]: TestReceiver[K] } // completed below

  async function listen(): Promise<void> {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
        const answer = receiver.answer(received)
        requests.push(received)
        for (const check of waiters) check()
        if (answer === undefined) return
        response.writeHead(answer.status, answer.headers).end(answer.body)
      })
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  async function close(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await listen()
  t.after(close)
  receiver.port = port
  receiver.url = `http://127.0.0.1:${port}`
  receiver.away = close
  receiver.back = listen
  receiver.received = count =>
    new Promise(resolve => {
      const check = () => {
        if (requests.length < count) return
        waiters.delete(check)
        resolve(requests)
      }
      waiters.add(check)
      check()
    })
  return receiver
}
