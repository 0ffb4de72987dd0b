import { connect, createServer, type Socket } from 'node:net'

/** Stands between an exporter and its database, to break the connection where a test wants it. */
export interface Proxy {
  /** The database's URL through the proxy. */
  readonly url: string
  /** Looks at what the server sends; 'cut' closes the connection instead of handing it on, 'swallow' does nothing. */
  onAnswer: (data: Buffer) => 'pass' | 'cut' | 'swallow'
  /** Waited for before anything that the exporter sends is handed on. */
  beforeRequest: () => Promise<void>
  /** Closes all connections and refuses new ones until `open`. */
  close(): Promise<void>
  open(): Promise<void>
}

export async function openProxy(t: { after(work: () => void): void }, databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    let handedOn = Promise.resolve()
    client.on('data', data => {
      handedOn = handedOn.then(proxy.beforeRequest).then(() => {
        upstream.write(data)
      })
    })
    upstream.on('data', data => {
      const decision = proxy.onAnswer(data)
      if (decision === 'cut') cut()
      else if (decision === 'pass') client.write(data)
    })
  })
  const listen = (port: number) => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = new URL(databaseUrl)
  url.port = String(port)
  const proxy: Proxy = {
    url: url.href,
    onAnswer: () => 'pass',
    beforeRequest: async () => {},
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    open: () => listen(port),
  }
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return proxy
}
