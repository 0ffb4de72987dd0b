import type { IdGenerator } from '@opentelemetry/sdk-trace'
import { type Nanos, SECOND, type Timeline } from '../clock.ts'
import { uuid } from '../ids.ts'
import type { Random } from '../random.ts'
import type { Sink } from '../telemetry/exporters.ts'
import { POOL_SIZE } from '../telemetry/instruments.ts'
import { createServiceTelemetry, type ServiceTelemetry } from '../telemetry/provider.ts'
import type { FleetService } from './kinds.ts'
import type { Session, Work } from './source/work.ts'

export type Handler = (work: Work, session: Session) => Promise<unknown>

/** Code of a service as a release has it. */
export interface Build {
  readonly version: string
  readonly commit: string
  readonly root: string
  readonly handlers: ReadonlyMap<string, Handler>
}

/** A running process of a service, at a station or on a machine. */
export interface FleetProcess {
  readonly service: FleetService
  readonly host: string
  readonly build: Build
  readonly telemetry: ServiceTelemetry
  readonly load: { requests: number }
}

export interface Place {
  readonly service: FleetService
  readonly host: string
}

interface Surroundings {
  readonly timeline: Timeline
  readonly random: Random
  readonly idGenerator: IdGenerator
  readonly sink: Sink
  /** What is short at a moment. */
  isShort(what: 'connections' | 'memory', place: Place, at: Nanos): boolean
  now(): Nanos
}

const MEMORY_BYTES = 190 * 1024 * 1024

export function startProcess(
  place: Place,
  build: Build,
  at: Nanos,
  { timeline, random, idGenerator, sink, isShort, now }: Surroundings,
): FleetProcess {
  const { service, host } = place
  const own = random.fork(`${service}/${host}/${build.version}/${at}`)
  const load = { requests: 0 }
  const warm = () => 1 - 0.2 * Math.exp(-(now() - at) / (120 * SECOND))
  const memory = () => MEMORY_BYTES * (isShort('memory', place, now()) ? 2.6 : warm() + own.between(0, 0.05))
  const isStation = service === 'EdgeDevice'
  const telemetry = createServiceTelemetry(
    {
      name: service,
      version: build.version,
      resource: {
        'service.name': service,
        'service.namespace': 'ev',
        'service.version': build.version,
        'service.instance.id': isStation ? host : uuid(own),
        'deployment.environment.name': 'production',
        'vcs.ref.head.revision': build.commit,
        'host.name': host,
        ...(isStation
          ? { 'device.model.name': 'DC-150' }
          : { 'k8s.pod.name': `${service.toLowerCase()}-${own.hex(5)}` }),
      },
      startedAt: timeline.hrTime(at),
      idGenerator,
      vitals: {
        memoryBytes: () => Math.round(memory()),
        heapBytes: () => Math.round(memory() * 0.6),
        cpuUtilization: () => (isShort('memory', place, now()) ? own.between(0.93, 0.99) : 0.04 + own.between(0, 0.03)),
        eventLoopDelayP99Seconds: () => 0.011 + own.exponential(0.0008),
        connectionsUsed: () => (isShort('connections', place, now()) ? POOL_SIZE : own.int(1, 3)),
        connectionsAwaited: () => (isShort('connections', place, now()) ? own.int(6, 14) : 0),
        queueDepths: () => new Map(),
      },
    },
    sink,
  )
  return { service, host, build, telemetry, load }
}
