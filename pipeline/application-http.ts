import type { Server } from 'node:http'
import { Hono } from 'hono'
import type { Context } from './component.ts'
import { hostAndPort, isLoopbackEndpoint } from './config/schema.ts'
import { requestIdOf } from './edge/request-id.ts'
import { errorText, SensoriumError } from './errors.ts'
import { openListener } from './listener/index.ts'
import type { Readiness } from './readiness.ts'

export interface ApplicationHttpOptions {
  readonly expose: () => Promise<string>
  readonly readiness: Pick<Readiness, 'problems'>
}

/** `/healthz`, `/readyz`, `/metrics`; receivers, MCP and console add their routes to it. */
export function createApplicationHttp(options: ApplicationHttpOptions): Hono {
  const app = new Hono()
  app.get('/healthz', c => c.json({ status: 'ok' }))
  app.get('/readyz', c => {
    const problems = options.readiness.problems()
    const isReady = Object.keys(problems).length === 0
    return c.json(isReady ? { status: 'ready' } : { status: 'not ready', problems }, isReady ? 200 : 503)
  })
  app.get('/metrics', async c =>
    c.body(await options.expose(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
  app.notFound(c => {
    const requestId = requestIdOf(c)
    const error = `there is nothing at ${c.req.path}; try ${nearest(app, c.req.path)}`
    return c.json({ error, request_id: requestId }, 404, { 'x-request-id': requestId })
  })
  return app
}

/** The addresses that begin like `path`, else those that every server has. */
function nearest(app: Hono, path: string): string {
  const [, first] = path.split('/')
  const near = new Set(app.routes.map(route => route.path).filter(known => known.split('/')[1] === first))
  const shown = [...near].map(known => known.replace(/:(\w+)/g, (_, name: string) => name.toUpperCase()))
  return alternatives(shown.length > 0 ? shown : ['/healthz', '/readyz', '/metrics'])
}

function alternatives(list: readonly string[]): string {
  return [list.slice(0, -1).join(', '), ...list.slice(-1)].filter(part => part !== '').join(' or ')
}

/** Listens and resolves to the function that closes. Throws ADDRESS_UNAVAILABLE naming `key`. */
export async function listenHttp(
  app: Hono,
  endpoint: string,
  key: string,
  allowed: Context['allowed'],
): Promise<(deadline: AbortSignal) => Promise<void>> {
  const { host, port } = hostAndPort(endpoint)
  const hosts = {
    allowedHosts: [host, ...allowed.hosts],
    allowedOrigins: allowed.origins,
    isLocal: isLoopbackEndpoint(endpoint),
    ownOrigins: ['/mcp'],
  }
  const server = await openListener({ fetch: app.fetch, host, port, hosts }).catch((error: unknown) => {
    throw addressError(error, `${host}:${port}`, key)
  })
  return deadline => closeServer(server, deadline)
}

/** Takes no new connections, lets go of idle ones, and resolves when the others are done or `deadline` has cut them. */
export function closeServer(server: Server, deadline: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const force = () => server.closeAllConnections()
    if (deadline.aborted) force()
    deadline.addEventListener('abort', force, { once: true })
    server.close(() => {
      deadline.removeEventListener('abort', force)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** The error for an address that cannot be listened on, naming the key that holds it. */
export function addressError(error: unknown, address: string, key: string): SensoriumError {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const message = errorText(error)
  const why =
    code === 'EADDRINUSE' || /EADDRINUSE|address already in use/i.test(message)
      ? 'another process listens there; end it, or choose another port'
      : code === 'EACCES'
        ? 'this user may not listen there; choose a port above 1023'
        : code === 'EADDRNOTAVAIL'
          ? 'this machine has no such address'
          : message
  return new SensoriumError('ADDRESS_UNAVAILABLE', `${key}: cannot listen on ${address}: ${why}`, { cause: error })
}
