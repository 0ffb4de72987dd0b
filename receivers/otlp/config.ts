import { z } from 'zod'
import { endpoint, isLoopbackEndpoint } from '../../pipeline/config/schema.ts'
import { secret } from '../../pipeline/config/secret.ts'

const MIB = 1024 * 1024

const tls = z.strictObject({
  cert_file: z.string().describe('PEM certificate chain of this server.'),
  key_file: z.string().describe('PEM private key of this server.'),
  client_ca_file: z
    .string()
    .optional()
    .describe(
      'PEM authorities of client certificates. Set: mutual TLS, a client without a certificate is turned away.',
    ),
})
export type TlsSettings = z.output<typeof tls>

const auth = z.strictObject({
  bearer_tokens: z
    .array(secret(z.string().min(16, 'a token has at least 16 characters')))
    .min(1)
    .describe('Any of these in `authorization: Bearer …` lets a sender in; several at once allow rotation.'),
})

const access = {
  tls: tls.optional().describe('Serve TLS.'),
  auth: auth.optional().describe('Ask for a bearer token.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Must be true to listen on anything but loopback without client certificates or a token.'),
}

/** Refuses to listen where strangers can reach us and nothing asks who they are. */
function isGuarded(settings: {
  endpoint: string
  insecure: boolean
  auth?: unknown
  tls?: z.output<typeof tls> | undefined
}): boolean {
  const asksWho = settings.auth !== undefined || settings.tls?.client_ca_file !== undefined
  return asksWho || settings.insecure || isLoopbackEndpoint(settings.endpoint)
}
const unguarded = {
  path: ['endpoint'],
  message:
    'other machines can reach this address, and anyone could write to it: set auth.bearer_tokens or tls.client_ca_file beside it, listen on 127.0.0.1, or write insecure: true',
}

const grpcShape = z.strictObject({
  endpoint: endpoint.default('127.0.0.1:4317').describe('Where gRPC listens.'),
  max_recv_msg_bytes: z
    .int()
    .min(1024)
    .default(16 * MIB)
    .describe('Largest request, uncompressed.'),
  max_concurrent_streams: z
    .int()
    .min(1)
    .default(32)
    .describe('Requests at once on one connection: bounds what a sender can make us buffer before admission.'),
  ...access,
})
const grpc = grpcShape.refine(isGuarded, unguarded)
export type GrpcSettings = z.output<typeof grpc>

const httpShape = z.strictObject({
  endpoint: endpoint.default('127.0.0.1:4318').describe('Where HTTP listens.'),
  max_body_bytes: z
    .int()
    .min(1024)
    .default(16 * MIB)
    .describe('Largest request, as sent and uncompressed alike.'),
  cors: z
    .strictObject({
      allowed_origins: z.array(z.string()).min(1).describe('Origins of pages that may send; "*" for all.'),
      allowed_headers: z.array(z.string()).default([]).describe('Headers allowed beside content-type and the like.'),
      max_age_s: z.int().min(0).default(7200).describe('How long browsers may remember the answer to a preflight.'),
    })
    .optional()
    .describe('Lets browsers send.'),
  ...access,
})
const http = httpShape.refine(isGuarded, unguarded)
export type HttpSettings = z.output<typeof http>

/** As in the Collector, naming one protocol alone turns the other off; `protocols` left out means both. */
const shape = z.strictObject({
  protocols: z
    .strictObject({ grpc: grpc.optional(), http: http.optional() })
    .refine(protocols => Object.keys(protocols).length > 0, 'name grpc, http or both')
    .transform(protocols => ({
      grpc: 'grpc' in protocols ? (protocols.grpc ?? grpc.parse({})) : undefined,
      http: 'http' in protocols ? (protocols.http ?? http.parse({})) : undefined,
    }))
    .prefault({ grpc: {}, http: {} }),
  vouches_for: z
    .array(z.string().nullish())
    .default([])
    .transform(names => names.flatMap(name => (name ?? '').split(/[,\s]+/)).filter(name => name !== ''))
    .describe(
      'Names of events, * at the end for a beginning, that may fill their tables through this receiver, such as observer.*: those of edges that send through the Collector. Others of the built-in events are ordinary logs here. Write it only where every sender is known; several in one string are separated by commas.',
    ),
  max_nesting: z.int().min(1).max(64).default(32).describe('Deepest attribute value; a record past it is rejected.'),
  max_records: z
    .int()
    .min(1)
    .default(200_000)
    .describe('Most records in a request: a few bytes make an empty one, so a size limit alone does not bound memory.'),
})
/** Nobody knows who sends where nothing asks; on loopback it is whoever has an account on this machine. */
function isSenderKnown({ protocols, vouches_for }: z.output<typeof shape>): boolean {
  if (vouches_for.length === 0) return true
  return [protocols.grpc, protocols.http].every(
    protocol =>
      protocol === undefined ||
      protocol.auth !== undefined ||
      protocol.tls?.client_ca_file !== undefined ||
      isLoopbackEndpoint(protocol.endpoint),
  )
}

export const otlpConfig = shape.refine(isSenderKnown, {
  path: ['vouches_for'],
  message:
    'events are vouched for where it is known who sends: set auth.bearer_tokens or tls.client_ca_file of each protocol, or listen on 127.0.0.1',
})
export type OtlpConfig = z.output<typeof otlpConfig>
