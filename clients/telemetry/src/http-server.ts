import { type IncomingMessage, Server, type ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { recordFailure } from './exceptions.ts'
import { methodAttributes, methodName, withoutQuery } from './http-conventions.ts'

/** What a server emits, and the one event that starts a span. */
type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean

/**
 * A span for each request that a node:http or node:https server gets, active while the request is handled. It wraps the
 * servers' `emit` rather than listening to `http.server.request.start`: a channel can tell of a request, but cannot make
 * a context active around its handler. The prototype is one for ESM, CommonJS, and servers that exist already.
 * Returns what undoes it.
 */
export function instrumentHttpServer(tracer: Tracer): () => void {
  const undo = [wrapEmit(Server.prototype, 'http', tracer), wrapEmit(TlsServer.prototype, 'https', tracer)]
  return () => {
    for (const one of undo) one()
  }
}

function wrapEmit(prototype: { emit: unknown }, scheme: string, tracer: Tracer): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, 'emit')
  // The type of `emit` has an overload for each event; it is passed through as it comes.
  const original = prototype.emit as Emit
  const emit: Emit = function (event, ...args) {
    if (event !== 'request') return original.call(this, event, ...args)
    // The arguments of 'request', by Node's documentation.
    const [request, response] = args as [IncomingMessage, ServerResponse]
    const started = start(tracer, scheme, request, response)
    if (started === undefined) return original.call(this, event, ...args)
    return context.with(started.active, () => {
      try {
        return original.call(this, event, ...args)
      } catch (error) {
        recordFailure(started.span, error)
        throw error
      }
    })
  }
  prototype.emit = emit
  return () => {
    // Somebody wrapped it after us: theirs stays, and with it ours.
    if (prototype.emit !== emit) return
    Reflect.deleteProperty(prototype, 'emit')
    if (own !== undefined) Object.defineProperty(prototype, 'emit', own)
  }
}

/** Undefined where a span cannot be started: the request is handled all the same. */
function start(
  tracer: Tracer,
  scheme: string,
  request: IncomingMessage,
  response: ServerResponse,
): { span: Span; active: Context } | undefined {
  try {
    const parent = propagation.extract(ROOT_CONTEXT, request.headers)
    const method = request.method ?? ''
    const attributes = { ...methodAttributes(method), ...requestAttributes(scheme, request) }
    const span = tracer.startSpan(methodName(method), { kind: SpanKind.SERVER, attributes }, parent)
    response.once('close', () => end(span, request, response))
    return { span, active: trace.setSpan(parent, span) }
  } catch {
    return undefined
  }
}

function requestAttributes(scheme: string, { headers, url = '', socket, httpVersion }: IncomingMessage): Attributes {
  const { hostname, port } = hostOf(headers.host)
  return {
    'url.scheme': scheme,
    'url.path': withoutQuery(url),
    'server.address': hostname,
    'server.port': port ?? socket.localPort,
    'network.peer.address': socket.remoteAddress,
    'network.protocol.version': httpVersion,
    'user_agent.original': headers['user-agent'],
  }
}

function hostOf(host: string | undefined): { hostname?: string | undefined; port?: number | undefined } {
  const [, hostname, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host ?? '') ?? []
  return { hostname: hostname?.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) }
}

function end(span: Span, request: IncomingMessage, response: ServerResponse): void {
  try {
    const route = routeOf(request)
    if (route !== undefined) {
      span.setAttribute('http.route', route)
      span.updateName(`${methodName(request.method ?? '')} ${route}`)
    }
    // A client that went away got no status, and its going is no fault of this service.
    if (response.writableFinished) {
      const { statusCode } = response
      span.setAttribute('http.response.status_code', statusCode)
      if (statusCode >= 500) {
        span.setAttribute('error.type', String(statusCode))
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
    }
  } finally {
    span.end()
  }
}

/** The pattern that Express and its kin matched, `/orders/:id`; node:http alone knows none. */
function routeOf(request: IncomingMessage): string | undefined {
  const { baseUrl, route } = request as { baseUrl?: unknown; route?: { path?: unknown } } // set by Express
  return typeof route?.path === 'string' ? `${typeof baseUrl === 'string' ? baseUrl : ''}${route.path}` : undefined
}
