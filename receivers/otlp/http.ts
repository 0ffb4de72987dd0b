import type { Server } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context as HonoContext } from 'hono'
import { cors } from 'hono/cors'
import type { Admission, Hold } from '../../pipeline/admission.ts'
import { addressError, closeServer } from '../../pipeline/application-http.ts'
import type { Context } from '../../pipeline/component.ts'
import { hostAndPort, isLoopbackEndpoint } from '../../pipeline/config/schema.ts'
import { tokenCheck } from '../../pipeline/edge/access.ts'
import { drain } from '../../pipeline/listener/drain.ts'
import type { HostRules } from '../../pipeline/listener/hosts.ts'
import { openListener } from '../../pipeline/listener/index.ts'
import type { Signal } from '../../pipeline/model/index.ts'
import { senderOf } from '../../pipeline/sender.ts'
import { readTls } from './access.ts'
import type { HttpSettings } from './config.ts'
import { status } from './grpc/status.ts'
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
  readonly allowed: Context['allowed']
  readonly onRefusal: (refusal: Refusal) => void
}

const CONTENT_TYPES: Record<string, Encoding> = { 'application/x-protobuf': 'protobuf', 'application/json': 'json' }
const TYPE_OF: Record<Encoding, string> = { protobuf: 'application/x-protobuf', json: 'application/json' }

type Bindings = { Bindings: HttpBindings }

/** Listens for OTLP/HTTP and resolves to the function that stops: no new requests, those under way are answered. */
export async function listenOtlpHttp(options: HttpOptions): Promise<(deadline: AbortSignal) => Promise<void>> {
  const { settings, key } = options
  const tls = settings.tls === undefined ? undefined : await readTls(settings.tls, key)
  const { host, port } = hostAndPort(settings.endpoint)
  let isStopping = false
  const fetch = createApp(options, () => isStopping).fetch
  let server: Server
  try {
    server = await openListener({ fetch, host, port, tls, hosts: hostRules(options) })
  } catch (error) {
    throw addressError(error, `${host}:${port}`, `${key}.endpoint`)
  }
  return deadline => {
    isStopping = true
    return closeServer(server, deadline)
  }
}

/** Undefined where every request shows a token or a certificate, which a page that was led here has not. */
function hostRules({ settings, allowed }: HttpOptions): HostRules | undefined {
  if (settings.auth !== undefined || settings.tls?.client_ca_file !== undefined) return undefined
  return {
    allowedHosts: [hostAndPort(settings.endpoint).host, ...allowed.hosts],
    allowedOrigins: [...allowed.origins, ...(settings.cors?.allowed_origins ?? [])],
    isLocal: isLoopbackEndpoint(settings.endpoint),
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
  const { authorization } = incoming.headers
  const cut = Promise.withResolvers<never>()
  let hold: Hold | undefined
  try {
    if (!isKnown(authorization)) throw new RefusedError(UNAUTHENTICATED)
    if (encoding === undefined) throw new RefusedError(unsupported(type))
    if (!options.signals.includes(signal)) throw new RefusedError(notWired(signal))
    options.admission.knock()
    const token = options.settings.auth === undefined ? undefined : authorization
    hold = options.admission.hold(senderOf(incoming.socket.remoteAddress, token), cut.reject)
    const body = await Promise.race([readBody(incoming, options.settings.max_body_bytes, hold), cut.promise])
    hold.arrived()
    const { rejected, message } = await options.intake(signal, body, encoding)
    const bytes = encodeExportResponse(signal, encoding, rejected, message)
    return c.body(new Uint8Array(bytes), 200, { 'content-type': TYPE_OF[encoding] })
  } catch (error) {
    const refusal = refusalOf(error)
    options.onRefusal(refusal)
    hold?.release()
    await drain(incoming)
    return refuse(refusal, encoding ?? 'json')
  } finally {
    hold?.release()
  }
}

function refuse(refusal: Refusal, encoding: Encoding): Response {
  const headers = new Headers({ 'content-type': TYPE_OF[encoding] })
  // Whole seconds, rounded up: Retry-After has no finer unit.
  if (refusal.retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)))
  if (refusal.httpStatus === 401) headers.set('www-authenticate', 'Bearer')
  // What is left of a body that we did not read would otherwise be taken for the next request.
  if (refusal.httpStatus === 413 || refusal.httpStatus === 429) headers.set('connection', 'close')
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
