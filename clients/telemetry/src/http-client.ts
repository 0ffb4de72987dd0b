import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { context, propagation, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { typeOf } from './exceptions.ts'
import { methodAttributes, methodName, targetAttributes } from './http-conventions.ts'

/** What undici tells of a request; https://undici.nodejs.org documents the channels. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  readonly path: string
  /** Names and values in turn, or the raw text in older versions. */
  readonly headers: readonly (string | Buffer)[] | string
  addHeader(name: string, value: string): unknown
}

/** A handler of each channel by its name; the message is Node's or undici's. */
type Handlers = Readonly<Record<string, (message: never) => void>>

/** A span for each request of node:http and node:https. Returns what undoes it. */
export function instrumentHttpClient(tracer: Tracer): () => void {
  const spans = new WeakMap<object, Span>()
  return listen({
    'http.client.request.created': ({ request }: { request: ClientRequest }) => {
      const { protocol, host, method, path } = request
      const hostHeader = request.getHeader('host')
      const origin = `${protocol}//${typeof hostHeader === 'string' ? hostHeader : host}`
      const span = start(tracer, method, origin, path)
      spans.set(request, span)
      request.once('close', () => span.end())
      // Headers that were given as a list are written already: such a request goes without.
      if (request.headersSent || request.hasHeader('traceparent')) return
      inject(span, (name, value) => request.setHeader(name, value))
    },
    'http.client.response.finish': ({ request, response }: { request: ClientRequest; response: IncomingMessage }) => {
      answered(spans.get(request), response.statusCode ?? 0)
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) => {
      failed(spans.get(request), error)
    },
  })
}

/** A span for each request of `fetch` and of the undici package, redirects one by one. Returns what undoes it. */
export function instrumentFetch(tracer: Tracer): () => void {
  const spans = new WeakMap<object, Span>()
  return listen({
    'undici:request:create': ({ request }: { request: UndiciRequest }) => {
      const span = start(tracer, request.method, String(request.origin), request.path)
      spans.set(request, span)
      if (!/(^|,|\n)traceparent(,|:|$)/im.test(String(request.headers))) {
        inject(span, (name, value) => request.addHeader(name, value))
      }
    },
    'undici:request:headers': ({ request, response }: { request: object; response: { statusCode: number } }) => {
      answered(spans.get(request), response.statusCode)
    },
    'undici:request:trailers': ({ request }: { request: object }) => spans.get(request)?.end(),
    'undici:request:error': ({ request, error }: { request: object; error: unknown }) => {
      failed(spans.get(request), error)
      spans.get(request)?.end()
    },
  })
}

/** A subscriber that throws would end the process as an uncaught exception: what fails here is only not recorded. */
function listen(handlers: Handlers): () => void {
  const listeners = Object.entries(handlers).map(([channel, handle]) => {
    const listener = (message: unknown) => {
      try {
        // Each channel has one kind of message, as the handlers above say.
        handle(message as never)
      } catch {
        // The request goes on without a span.
      }
    }
    subscribe(channel, listener)
    return { channel, listener }
  })
  return () => {
    for (const { channel, listener } of listeners) unsubscribe(channel, listener)
  }
}

function start(tracer: Tracer, method: string, origin: string, path: string): Span {
  const attributes = { ...methodAttributes(method), ...targetAttributes(origin, path) }
  return tracer.startSpan(methodName(method), { kind: SpanKind.CLIENT, attributes })
}

function inject(span: Span, set: (name: string, value: string) => void): void {
  propagation.inject(trace.setSpan(context.active(), span), undefined, { set: (_, name, value) => set(name, value) })
}

function answered(span: Span | undefined, status: number): void {
  span?.setAttribute('http.response.status_code', status)
  if (status < 400) return
  span?.setAttribute('error.type', String(status))
  span?.setStatus({ code: SpanStatusCode.ERROR })
}

function failed(span: Span | undefined, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : typeOf(error)
  span?.setAttribute('error.type', code)
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : code })
}
