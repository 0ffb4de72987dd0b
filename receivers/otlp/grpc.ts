import * as grpc from '@grpc/grpc-js'
import type { Admission, Hold } from '../../pipeline/admission.ts'
import { addressError } from '../../pipeline/application-http.ts'
import { hostAndPort } from '../../pipeline/config/schema.ts'
import { tokenCheck } from '../../pipeline/edge/access.ts'
import type { Signal } from '../../pipeline/model/index.ts'
import { readTls } from './access.ts'
import type { GrpcSettings } from './config.ts'
import type { Intake } from './intake.ts'
import { createPlaces } from './places.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { encodeExportResponse, encodeGrpcStatusDetails } from './wire/responses.ts'

const METHODS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
const PROFILES = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'

export interface GrpcOptions {
  readonly settings: GrpcSettings
  /** The config key of this server, for messages. */
  readonly key: string
  readonly signals: readonly Signal[]
  readonly intake: Intake
  readonly admission: Admission
  readonly onRefusal: (refusal: Refusal) => void
}

// What goes wrong is told by our own errors; the library would write it to stderr a second time.
grpc.setLogVerbosity(grpc.logVerbosity.NONE)

/** Listens for OTLP/gRPC and resolves to the function that stops: no new requests, those under way are answered. */
export async function listenGrpc(options: GrpcOptions): Promise<(deadline: AbortSignal) => Promise<void>> {
  const { settings, key } = options
  const server = new grpc.Server({
    'grpc.max_receive_message_length': settings.max_recv_msg_bytes,
    'grpc.max_concurrent_streams': settings.max_concurrent_streams,
    interceptors: [guard(options)],
  })
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    server.addService(unary(METHODS[signal]), { Export: exportHandler(signal, options) })
  }
  server.addService(unary(PROFILES), {
    Export: (_call: unknown, answer: grpc.sendUnaryData<Buffer>) =>
      answer({
        code: grpc.status.UNIMPLEMENTED,
        details: 'Sensorium takes traces, metrics and logs; profiles are not stored',
      }),
  })
  const credentials = await serverCredentials(settings, key)
  const { host, port } = hostAndPort(settings.endpoint)
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.bindAsync(address, credentials, error =>
    error === null ? resolve() : reject(addressError(error, address, `${key}.endpoint`)),
  )
  await promise
  return deadline => stop(server, deadline)
}

function unary(path: string): grpc.ServiceDefinition {
  const asIs = (bytes: Buffer) => bytes
  return {
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  }
}

function exportHandler(signal: Signal, options: GrpcOptions): grpc.handleUnaryCall<Buffer, Buffer> {
  const { intake, admission, signals } = options
  return (call, answer) => {
    if (!signals.includes(signal)) {
      return answer({
        code: grpc.status.UNIMPLEMENTED,
        details: `no pipeline takes ${signal}; add service.pipelines.${signal}`,
      })
    }
    const hold: Hold = admission.hold()
    const handle = async () => {
      hold.take(call.request.length)
      const { rejected, message } = await intake(signal, call.request, 'protobuf')
      return encodeExportResponse(signal, 'protobuf', rejected, message)
    }
    handle()
      .then(
        bytes => answer(null, bytes),
        (error: unknown) => {
          const refusal = refusalOf(error)
          options.onRefusal(refusal)
          answer(statusOf(refusal))
        },
      )
      .finally(hold.release)
  }
}

function statusOf(refusal: Refusal): Partial<grpc.StatusObject> {
  const metadata = new grpc.Metadata()
  if (refusal.retryAfterMs !== undefined) {
    metadata.set(
      'grpc-status-details-bin',
      encodeGrpcStatusDetails(refusal.grpcCode, refusal.message, refusal.retryAfterMs),
    )
  }
  return { code: refusal.grpcCode, details: refusal.message, metadata }
}

/**
 * Requests whose message is being read and unpacked at once. The library does that in its own memory, before we know
 * the size, so the number bounds it: this many times max_recv_msg_bytes. The others wait in their flow-control window.
 */
const MAX_READING = 2
/** A sender that trickles its message holds one of these places; after this long it is cut off. */
const READING_TIMEOUT_MS = 10_000

/**
 * Decides before the message is read: senders without a token are turned away, and everyone while the limit is
 * reached; the rest are read a few at a time.
 */
function guard(options: GrpcOptions): grpc.ServerInterceptor {
  const isKnown = tokenCheck(options.settings.auth?.bearer_tokens)
  const places = createPlaces(MAX_READING)
  return (_method, call) => {
    let stopReading = () => {}
    return new grpc.ServerInterceptingCall(call, {
      start: next =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!isKnown(metadata.get('authorization')[0]?.toString())) {
              options.onRefusal({
                reason: 'unauthenticated',
                message: '',
                grpcCode: grpc.status.UNAUTHENTICATED,
                httpStatus: 401,
              })
              const details =
                'the request needs the metadata "authorization: Bearer <token>" with a token that this server knows'
              return call.sendStatus({ code: grpc.status.UNAUTHENTICATED, details, metadata: new grpc.Metadata() })
            }
            if (options.admission.isFull) {
              const refusal = refusalOf(options.admission.refusal())
              options.onRefusal(refusal)
              return call.sendStatus({
                code: refusal.grpcCode,
                details: refusal.message,
                metadata: new grpc.Metadata(),
                ...statusOf(refusal),
              })
            }
            const leave = places.enter(() => {
              const timer = setTimeout(() => {
                leave()
                const details = `the message did not arrive within ${READING_TIMEOUT_MS / 1000} s`
                call.sendStatus({ code: grpc.status.DEADLINE_EXCEEDED, details, metadata: new grpc.Metadata() })
              }, READING_TIMEOUT_MS)
              stopReading = () => {
                clearTimeout(timer)
                leave()
              }
              pass(metadata)
            })
            stopReading = leave
          },
          onReceiveMessage: (message, pass) => {
            stopReading()
            pass(message)
          },
          onCancel: () => stopReading(),
          onReceiveHalfClose: pass => {
            stopReading()
            pass()
          },
        }),
    })
  }
}

async function serverCredentials(settings: GrpcSettings, key: string): Promise<grpc.ServerCredentials> {
  if (settings.tls === undefined) return grpc.ServerCredentials.createInsecure()
  const { cert, key: privateKey, ca } = await readTls(settings.tls, key)
  return grpc.ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: privateKey }], ca !== undefined)
}

function stop(server: grpc.Server, deadline: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const force = () => server.forceShutdown()
    if (deadline.aborted) force()
    deadline.addEventListener('abort', force, { once: true })
    server.tryShutdown(() => {
      deadline.removeEventListener('abort', force)
      resolve()
    })
  })
}
