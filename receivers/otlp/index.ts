import { define } from '../../pipeline/component.ts'
import { otlpConfig } from './config.ts'
import { listenGrpc } from './grpc/index.ts'
import { listenOtlpHttp } from './http.ts'
import { createIntake } from './intake.ts'
import type { Refusal } from './refusal.ts'

/** OTLP over gRPC and HTTP, protobuf and JSON: the way in for everything. */
export const otlp = define({
  kind: 'receiver',
  type: 'otlp',
  summary: 'Takes OTLP traces, metrics and logs over gRPC and HTTP.',
  signals: ['traces', 'metrics', 'logs'],
  config: otlpConfig,
  examples: [
    {},
    { protocols: { http: { endpoint: '127.0.0.1:4318', cors: { allowed_origins: ['https://shop.example'] } } } },
    {
      protocols: {
        grpc: {
          endpoint: '0.0.0.0:4317',
          tls: { cert_file: 'server.crt', key_file: 'server.key', client_ca_file: 'clients.crt' },
        },
        http: { endpoint: '0.0.0.0:4318', auth: { bearer_tokens: ['a-token-of-16-characters-or-more'] } },
      },
    },
  ],
  create: (config, next, context) => {
    const stopping = new AbortController()
    const intake = createIntake(config, next, context, stopping.signal)
    const refusedRequests = context.meter.createCounter('sensorium_receiver_refused_requests', {
      description: 'Requests that were not taken as a whole, by reason.',
    })
    const stops: ((deadline: AbortSignal) => Promise<void>)[] = []
    const onRefusal = (transport: string) => (refusal: Refusal) => {
      refusedRequests.add(1, { receiver: context.id, transport, reason: refusal.reason })
      if (refusal.cause !== undefined) context.logger.error({ err: refusal.cause }, 'a request failed unexpectedly')
    }
    return {
      start: async () => {
        const { grpc, http } = config.protocols
        const shared = { signals: context.signals, intake, admission: context.admission, allowed: context.allowed }
        const key = (protocol: string) => `receivers.${context.id}.protocols.${protocol}`
        if (grpc !== undefined) {
          stops.push(await listenGrpc({ ...shared, settings: grpc, key: key('grpc'), onRefusal: onRefusal('grpc') }))
        }
        if (http !== undefined) {
          stops.push(
            await listenOtlpHttp({ ...shared, settings: http, key: key('http'), onRefusal: onRefusal('http') }),
          )
        }
      },
      shutdown: async deadline => {
        deadline.addEventListener('abort', () => stopping.abort(), { once: true })
        await Promise.all(stops.map(stop => stop(deadline)))
      },
    }
  },
})
