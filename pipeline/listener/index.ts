import { createServer as createPlainServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type HttpBindings, serve } from '@hono/node-server'
import { limitConnections } from './connections.ts'
import { type HostRules, hostFault } from './hosts.ts'
import { BODY_TIMEOUT_MS, HEADERS_TIMEOUT_MS, KEEP_ALIVE_MS, MAX_CONNECTIONS, SWEEP_MS } from './limits.ts'
import { endSlowBodies } from './slow-bodies.ts'

export interface ListenerOptions {
  // As serve() has it: what it hands over beside the request is its own affair and the application's.
  readonly fetch: Parameters<typeof serve>[0]['fetch']
  readonly host: string
  readonly port: number
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | undefined } | undefined
  /** Undefined where everybody who asks shows a token, which no page has. */
  readonly hosts: HostRules | undefined
}

/**
 * Every HTTP server of ours is opened here, so that each has the same limits on connections, headers and bodies, and
 * asks who may have sent a browser. Resolves when it listens; rejects with the error of the system.
 */
export async function openListener({ fetch, host, port, tls, hosts }: ListenerOptions): Promise<Server> {
  const serverOptions = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: BODY_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: SWEEP_MS,
  }
  const handshakeTimeout = HEADERS_TIMEOUT_MS
  const secured = tls && {
    ...tls,
    handshakeTimeout,
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: tls.ca !== undefined,
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // serve() makes the server that createServer makes, so it is one of node:http.
  const server = serve(
    {
      fetch: hosts === undefined ? fetch : guarded(fetch, hosts),
      hostname: host,
      port,
      ...(secured === undefined
        ? { createServer: createPlainServer, serverOptions }
        : { createServer: createTlsServer, serverOptions: { ...serverOptions, ...secured } }),
    },
    () => resolve(),
  ) as Server
  limitConnections(server, MAX_CONNECTIONS)
  endSlowBodies(server)
  server.once('error', reject)
  await promise
  return server
}

function guarded(fetch: ListenerOptions['fetch'], rules: HostRules): ListenerOptions['fetch'] {
  return (request, env) => {
    // Not `request.headers`: that object is made on first use, which most requests never need.
    const { headers, url = '' } = (env as HttpBindings).incoming
    const isChecked = !rules.ownOrigins?.includes(url.split('?')[0]!)
    const fault = hostFault(headers.host, isChecked ? headers.origin : undefined, rules)
    return fault === undefined ? fetch(request, env) : Response.json({ error: fault }, { status: 403 })
  }
}
