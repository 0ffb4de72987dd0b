import type { Attributes, Histogram, UpDownCounter } from '@opentelemetry/api'
import type { Instruments } from '../telemetry/instruments.ts'
import { SERVICE_PROFILES, type ServiceName } from './release.ts'
import type { Work } from './work.ts'

/** Something that a service offers to the others. */
export type Endpoint<I, O> = HttpEndpoint<I, O> | GrpcEndpoint<I, O>

interface Handled<I, O> {
  readonly service: ServiceName
  handle(work: Work, input: I): Promise<O>
}
export interface HttpEndpoint<I, O> extends Handled<I, O> {
  readonly protocol: 'http'
  readonly verb: 'GET' | 'POST'
  readonly route: string
  path(input: I): string
}
export interface GrpcEndpoint<I, O> extends Handled<I, O> {
  readonly protocol: 'grpc'
  /** `package.Service/Method` */
  readonly method: string
}

/** What the semantic conventions (1.45) say about a call, for spans and for metrics. Statuses are HTTP's throughout. */
export interface Protocol<I> {
  /** For log lines. */
  readonly operation: string
  readonly clientName: string
  readonly serverName: string
  clientAttributes(input: I, attempt: number): Attributes
  serverAttributes(input: I): Attributes
  statusAttributes(status: number): Attributes
  /** As people read it; also the value of `error.type`. */
  statusText(status: number): string
  readonly clientLabels: Attributes
  readonly serverLabels: Attributes
  readonly activeLabels: Attributes
  clientDuration(instruments: Instruments): Histogram
  serverDuration(instruments: Instruments): Histogram
  active(instruments: Instruments): UpDownCounter | undefined
}

const protocols = new WeakMap<object, Protocol<never>>()

/** Built once per endpoint. */
export function protocolOf<I, O>(endpoint: Endpoint<I, O>): Protocol<I> {
  const known = protocols.get(endpoint)
  // The map holds for every endpoint the protocol that was built from it, so their inputs are the same.
  if (known !== undefined) return known as Protocol<I>
  const protocol = endpoint.protocol === 'http' ? http(endpoint) : grpc(endpoint)
  protocols.set(endpoint, protocol as Protocol<never>)
  return protocol
}

function hostOf(service: ServiceName): string {
  return `${service}.shop.svc.cluster.local`
}

function http<I, O>({ service, verb, route, path }: HttpEndpoint<I, O>): Protocol<I> {
  const server = { 'server.address': hostOf(service), 'server.port': SERVICE_PROFILES[service].port }
  const method = { 'http.request.method': verb }
  const serverLabels = { ...method, 'http.route': route, 'url.scheme': 'http' }
  return {
    operation: `${verb} ${route}`,
    clientName: `${verb} ${route}`,
    serverName: `${verb} ${route}`,
    clientAttributes: (input, attempt) => ({
      ...method,
      ...server,
      'server.service.name': service,
      'url.full': `http://${server['server.address']}:${server['server.port']}${path(input)}`,
      'url.template': route,
      'network.protocol.version': '1.1',
      ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
    }),
    serverAttributes: input => ({
      ...serverLabels,
      ...server,
      'url.path': path(input),
      'network.protocol.version': '1.1',
    }),
    statusAttributes: status => ({ 'http.response.status_code': status }),
    statusText: status => String(status),
    clientLabels: { ...method, ...server, 'url.template': route },
    serverLabels,
    activeLabels: { ...method, 'url.scheme': 'http' },
    clientDuration: instruments => instruments.httpClient,
    serverDuration: instruments => instruments.httpServer,
    active: instruments => instruments.httpActive,
  }
}

function grpc<I, O>({ service, method }: GrpcEndpoint<I, O>): Protocol<I> {
  const server = { 'server.address': hostOf(service), 'server.port': SERVICE_PROFILES[service].port }
  const rpc = { 'rpc.system.name': 'grpc', 'rpc.method': method }
  return {
    operation: method,
    clientName: method,
    serverName: method,
    clientAttributes: () => ({ ...rpc, ...server, 'server.service.name': service }),
    serverAttributes: () => ({ ...rpc, ...server }),
    statusAttributes: status => ({ 'rpc.status_code': grpcStatus(status) }),
    statusText: grpcStatus,
    clientLabels: { ...rpc, ...server },
    serverLabels: rpc,
    activeLabels: {},
    clientDuration: instruments => instruments.rpcClient,
    serverDuration: instruments => instruments.rpcServer,
    active: () => undefined,
  }
}

const GRPC_STATUSES = new Map([
  [200, 'OK'],
  [400, 'INVALID_ARGUMENT'],
  [402, 'FAILED_PRECONDITION'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

function grpcStatus(status: number): string {
  return GRPC_STATUSES.get(status) ?? 'INTERNAL'
}
