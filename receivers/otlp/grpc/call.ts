import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { tokenCheck } from '../../../pipeline/edge/access.ts'
import { isTooSlow, type Pace, startPace, watchPace } from '../../../pipeline/listener/pace.ts'
import type { Signal } from '../../../pipeline/model/index.ts'
import { senderOf } from '../../../pipeline/sender.ts'
import { type Refusal, RefusedError, refusalOf } from '../refusal.ts'
import { encodeExportResponse } from '../wire/responses.ts'
import { answerOk, answerRefusal } from './answer.ts'
import { readMessage, unpack } from './message.ts'
import type { GrpcOptions } from './options.ts'
import { status } from './status.ts'

const METHODS = new Map<string, Signal>([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
])
const PROFILES = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'

export interface CallHandler {
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void
  stop(): void
}

/** Answers calls. Who sends and whether there is room is asked before anything of the message is read. */
export function createCallHandler(options: GrpcOptions): CallHandler {
  const { settings, signals, intake, admission } = options
  const isKnown = tokenCheck(settings.auth?.bearer_tokens)
  const reading = new Map<Pace, (error: RefusedError) => void>()
  const stop = watchPace(now => {
    for (const [pace, end] of reading) if (isTooSlow(pace, now)) end(TOO_SLOW)
  })

  async function take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<Uint8Array> {
    const { authorization } = headers
    if (headers.origin !== undefined) throw refused('forbidden', 'web pages send OTLP/HTTP', status.PERMISSION_DENIED)
    if (!isKnown(authorization)) throw UNAUTHENTICATED
    const signal = signalOf(headers[':path'], signals)
    admission.knock()
    const token = settings.auth === undefined ? undefined : authorization
    const cut = Promise.withResolvers<never>()
    const pace = startPace(performance.now())
    const hold = admission.hold(senderOf(stream.session?.socket.remoteAddress, token), cut.reject)
    reading.set(pace, cut.reject)
    try {
      const arriving = readMessage(stream, settings.max_recv_msg_bytes, hold, bytes => {
        pace.bytes += bytes
        pace.lastAt = performance.now()
      })
      const message = await Promise.race([arriving, cut.promise])
      hold.arrived()
      reading.delete(pace)
      const encoding = message.isCompressed ? String(headers['grpc-encoding'] ?? 'identity') : undefined
      const bytes =
        encoding === undefined
          ? message.bytes
          : await unpack(message.bytes, encoding, settings.max_recv_msg_bytes, hold)
      const { rejected, message: told } = await intake(signal, bytes, 'protobuf')
      return encodeExportResponse(signal, 'protobuf', rejected, told)
    } finally {
      reading.delete(pace)
      hold.release()
    }
  }

  return {
    onStream: (stream, headers) => {
      stream.on('error', () => {}) // the sender has left; what it sent is dealt with as ever
      if (headers[':method'] !== 'POST' || !/^application\/grpc(?:[+;]|$)/.test(headers['content-type'] ?? '')) {
        stream.respond({ ':status': 415 }, { endStream: true })
        return
      }
      take(stream, headers).then(
        message => answerOk(stream, message),
        (error: unknown) => {
          const refusal = refusalOf(error)
          options.onRefusal(refusal)
          answerRefusal(stream, refusal)
        },
      )
    },
    stop,
  }
}

/** @throws RefusedError UNIMPLEMENTED */
function signalOf(path: string | undefined, signals: readonly Signal[]): Signal {
  const signal = METHODS.get(path ?? '')
  if (signal !== undefined && signals.includes(signal)) return signal
  if (signal !== undefined) {
    const message = `no pipeline takes ${signal}; add service.pipelines.${signal}`
    throw refused('not_wired', message, status.UNIMPLEMENTED)
  }
  const message =
    path === PROFILES
      ? 'Sensorium takes traces, metrics and logs; profiles are not stored'
      : 'this server has Export of TraceService, MetricsService and LogsService'
  throw refused('unsupported', message, status.UNIMPLEMENTED)
}

function refused(reason: string, message: string, grpcCode: number): RefusedError {
  // The other protocol's status is never shown here.
  const refusal: Refusal = { reason, message, grpcCode, httpStatus: 400 }
  return new RefusedError(refusal)
}

const UNAUTHENTICATED = refused(
  'unauthenticated',
  'the request needs the metadata "authorization: Bearer <token>" with a token that this server knows',
  status.UNAUTHENTICATED,
)
const TOO_SLOW = refused('too_slow', 'the message did not arrive in time; send it again', status.DEADLINE_EXCEEDED)
