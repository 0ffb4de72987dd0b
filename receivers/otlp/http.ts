import { createServer as createPlainServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { status } from '@grpc/grpc-js'
import { type HttpBindings, type ServerType, serve } from '@hono/node-server'
import { Hono, type Context as HonoContext } from 'hono'
import { cors } from 'hono/cors'
import type { Admission } from '../../pipeline/admission.ts'
import { addressError, closeServer } from '../../pipeline/application-http.ts'
import { hostAndPort } from '../../pipeline/config/schema.ts'
import { tokenCheck } from '../../pipeline/edge/access.ts'
import type { Signal } from '../../pipeline/model/index.ts'
import { readTls } from './access.ts'
import type { HttpSettings } from './config.ts'
import type { Encoding, Intake } from './intake.ts'
import { readBody } from './read-body.ts'
import { type Refusal, RefusedError, refusalOf } from './refusal.ts'
import { encodeExportResponse, encodeHttpStatus } from './wire/responses.ts'

export interface HttpOptions {
  readonly settings: HttpSettings
  /** The config key of this server, for messages. */
  readonly key: string
  readonly signals: readonly Signal[]
  readonly intake: Intake
  readonly admission: Admission
  readonly onRefusal: (refusal: Refusal) => void
}

/** A sender that trickles its body holds a part of the limit; after this long it is cut off. */
const REQUEST_TIMEOUT_MS = 60_000

const CONTENT_TYPES: Record<string, Encoding> = { 'application/x-protobuf': 'protobuf', 'application/json': 'json' }
const TYPE_OF: Record<Encoding, string> = { protobuf: 'application/x-protobuf', json: 'application/json' }

type Bindings = { Bindings: HttpBindings }

/** Listens for OTLP/HTTP and resolves to the function that stops: no new requests, those under way are answered. */
export async function listenOtlpHttp(options: HttpOptions): Promise<(deadline: AbortSignal) => Promise<void>> {
  const { settings, key } = options
  const tls = settings.tls === undefined ? undefined : await readTls(settings.tls, key)
  const { host, port } = hostAndPort(settings.endpoint)
  const timeouts = { requestTimeout: REQUEST_TIMEOUT_MS }
  let isStopping = false
  const { promise, resolve, reject } = Promise.withResolvers<ServerType>()
  const server = serve(
    {
      fetch: createApp(options, () => isStopping).fetch,
      hostname: host,
      port,
      ...(tls === undefined
        ? { createServer: createPlainServer, serverOptions: timeouts }
        : {
            createServer: createTlsServer,
            serverOptions: {
              ...timeouts,
              ...tls,
              requestCert: tls.ca !== undefined,
              rejectUnauthorized: tls.ca !== undefined,
            },
          }),
    },
    () => resolve(server),
  )
  server.once('error', error => reject(addressError(error, `${host}:${port}`, `${key}.endpoint`)))
  await promise
  return deadline => {
    isStopping = true
    return closeServer(server, deadline)
  }
}

function createApp(options: HttpOptions, isStopping: () => boolean): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.use(async (c, next) => {
    await next()
    // A sender that keeps its connection would otherwise be served until the deadline.
    if (isStopping()) c.header('connection', 'close')
  })
  const { settings } = options
  if (settings.cors !== undefined) {
    const { allowed_origins, allowed_headers, max_age_s } = settings.cors
    app.use(
      cors({
        origin: allowed_origins.includes('*') ? '*' : allowed_origins,
        allowMethods: ['POST'],
        allowHeaders: ['content-type', 'content-encoding', 'authorization', ...allowed_headers],
        exposeHeaders: ['retry-after'],
        maxAge: max_age_s,
      }),
    )
  }
  const isKnown = tokenCheck(settings.auth?.bearer_tokens)
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    app.post(`/v1/${signal}`, c => answer(c, signal, isKnown, options))
    app.all(`/v1/${signal}`, c =>
      c.json({ code: status.UNIMPLEMENTED, message: `send OTLP with POST to /v1/${signal}` }, 405, { allow: 'POST' }),
    )
  }
  app.all('/v1development/profiles', c =>
    c.json(
      { code: status.UNIMPLEMENTED, message: 'Sensorium takes traces, metrics and logs; profiles are not stored' },
      501,
    ),
  )
  app.notFound(c =>
    c.json(
      {
        code: status.NOT_FOUND,
        message: `there is nothing at ${c.req.path}; OTLP goes to /v1/traces, /v1/metrics or /v1/logs`,
      },
      404,
    ),
  )
  return app
}

async function answer(
  c: HonoContext<Bindings>,
  signal: Signal,
  isKnown: (authorization: string | undefined) => boolean,
  options: HttpOptions,
): Promise<Response> {
  const { incoming } = c.env
  const type = (incoming.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  const encoding = CONTENT_TYPES[type]
  const hold = options.admission.hold()
  try {
    if (!isKnown(incoming.headers.authorization)) throw new RefusedError(UNAUTHENTICATED)
    if (encoding === undefined) throw new RefusedError(unsupported(type))
    if (!options.signals.includes(signal)) throw new RefusedError(notWired(signal))
    if (options.admission.isFull) throw options.admission.refusal()
    const body = await readBody(incoming, options.settings.max_body_bytes, hold)
    const { rejected, message } = await options.intake(signal, body, encoding)
    const bytes = encodeExportResponse(signal, encoding, rejected, message)
    return c.body(new Uint8Array(bytes), 200, { 'content-type': TYPE_OF[encoding] })
  } catch (error) {
    const refusal = refusalOf(error)
    options.onRefusal(refusal)
    return refuse(refusal, encoding ?? 'json')
  } finally {
    hold.release()
  }
}

function refuse(refusal: Refusal, encoding: Encoding): Response {
  const headers = new Headers({ 'content-type': TYPE_OF[encoding] })
  // Whole seconds, rounded up: Retry-After has no finer unit.
  if (refusal.retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)))
  if (refusal.httpStatus === 401) headers.set('www-authenticate', 'Bearer')
  // What is left of a body that we did not read would otherwise be taken for the next request.
  if (refusal.httpStatus === 413) headers.set('connection', 'close')
  const bytes = encodeHttpStatus(encoding, refusal.grpcCode, refusal.message)
  return new Response(new Uint8Array(bytes), { status: refusal.httpStatus, headers })
}

const UNAUTHENTICATED: Refusal = {
  reason: 'unauthenticated',
  message: 'the request needs the header "authorization: Bearer <token>" with a token that this server knows',
  grpcCode: status.UNAUTHENTICATED,
  httpStatus: 401,
}

function unsupported(type: string): Refusal {
  const message = `content-type ${type === '' ? 'is missing' : `${type} is not OTLP`}; send application/x-protobuf or application/json`
  return { reason: 'unsupported', message, grpcCode: status.INVALID_ARGUMENT, httpStatus: 415 }
}

function notWired(signal: Signal): Refusal {
  const message = `no pipeline takes ${signal}; add service.pipelines.${signal}`
  return { reason: 'not_wired', message, grpcCode: status.UNIMPLEMENTED, httpStatus: 404 }
}
