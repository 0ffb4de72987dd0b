import { type Nanos, SECOND, type Timeline } from '../clock.ts'
import { createIdGenerator, uuid } from '../ids.ts'
import type { Deploy } from '../incident/deploys.ts'
import type { Plan } from '../incident/plan.ts'
import type { Random } from '../random.ts'
import type { Sink } from '../telemetry/exporters.ts'
import { POOL_SIZE } from '../telemetry/instruments.ts'
import { createServiceTelemetry } from '../telemetry/provider.ts'
import { createAgenda } from './agenda.ts'
import { announceDeploy, announceStart } from './announce.ts'
import { type Release, SERVICE_NAMES, SERVICE_PROFILES, type ServiceName, type TroubleKind } from './release.ts'
import type { ServiceInstance, Shop, Work } from './work.ts'

/** The shop as the run drives it: instances that start, measure and stop. */
export interface Cluster extends Shop {
  deploy(deploy: Deploy): void
  /** Lets the measurements up to `at` happen, then collects every instance's metrics as of that time. */
  tick(at: Nanos): Promise<void>
  flush(): Promise<void>
  close(): Promise<void>
}

export interface ClusterSetup {
  readonly plan: Plan
  readonly timeline: Timeline
  readonly random: Random
  readonly sink: Sink
  readonly onFailure: (error: Error, work: Work) => void
}

/** A replaced instance finishes what it has begun before its metrics are collected for the last time. */
const DRAIN: Nanos = 10 * SECOND

/** Topics' consumers; their queues exist from the start, empty. */
const QUEUES: Readonly<Partial<Record<ServiceName, string>>> = {
  shipping: 'orders.placed.shipping',
  notification: 'orders.placed.notification',
}

export function createCluster({ plan, timeline, random, sink, onFailure }: ClusterSetup): Cluster {
  const idGenerator = createIdGenerator(random.fork('trace ids'))
  const agenda = createAgenda()
  const depths = new Map(Object.values(QUEUES).map(queue => [queue, 0]))
  const draining: { readonly instance: ServiceInstance; readonly until: Nanos }[] = []
  let now: Nanos = 0
  let lastTick: Nanos = 0

  /** Where a service has several instances, each has a host of its own that it keeps through all releases. */
  function startAll(release: Release, at: Nanos): ServiceInstance[] {
    const count = plan.replicas[release.service] ?? 1
    return Array.from({ length: count }, (_, i) => start(release, at, count === 1 ? undefined : i))
  }

  function start(release: Release, at: Nanos, replica?: number): ServiceInstance {
    const { service } = release
    const pod = random.fork(`${service}/${release.version}/${at}${replica === undefined ? '' : `/${replica}`}`)
    const load = { requests: 0, databaseNs: 0 }
    const drawn = pod.int(1, 5)
    const host = `worker-${replica === undefined ? drawn : replica + 1}`
    const telemetry = createServiceTelemetry(
      {
        name: service,
        version: release.version,
        resource: resourceOf(release, host, pod),
        startedAt: timeline.hrTime(at),
        idGenerator,
        vitals: vitalsOf(service, at, load, pod),
      },
      sink,
    )
    return { service, release, host, telemetry, load }
  }

  function vitalsOf(service: ServiceName, startedAt: Nanos, load: ServiceInstance['load'], pod: Random) {
    const { memoryBytes } = SERVICE_PROFILES[service]
    const collectionEvery = pod.between(70, 110) * SECOND
    const queue = QUEUES[service]
    // Garbage grows until it is collected; what the process keeps grows a little while it warms up.
    const garbage = (): number => (((now - startedAt) % collectionEvery) / collectionEvery) * 0.3
    const warm = (): number => 1 - 0.25 * Math.exp(-(now - startedAt) / (120 * SECOND))
    const perSecond = (): number => load.requests / Math.max(1, (now - lastTick) / SECOND)
    const whole = (bytes: number): number => Math.round(bytes / 4096) * 4096
    return {
      memoryBytes: () => whole(memoryBytes * (warm() + garbage())),
      heapBytes: () => whole(memoryBytes * 0.45 * (warm() + 1.6 * garbage())),
      cpuUtilization: () => Math.min(1, 0.02 + perSecond() * 0.006 + pod.between(0, 0.01)),
      eventLoopDelayP99Seconds: () => 0.0105 + perSecond() * 0.00004 + pod.exponential(0.0008),
      connectionsUsed: () =>
        isPoolDry(service, now) ? POOL_SIZE : Math.ceil(load.databaseNs / Math.max(SECOND, now - lastTick)),
      connectionsAwaited: () => (isPoolDry(service, now) ? Math.ceil(1 + perSecond() * 0.5) : 0),
      queueDepths: () => new Map(queue === undefined ? [] : [[queue, depths.get(queue) ?? 0]]),
    }
  }

  const running = new Map(SERVICE_NAMES.map(name => [name, startAll(plan.initial[name], 0)]))
  for (const instance of all()) announceStart(instance, timeline, 0)

  function all(): ServiceInstance[] {
    return [...running.values()].flat()
  }

  function instance(service: ServiceName, requestId: string): ServiceInstance {
    const instances = running.get(service) ?? []
    // A UUID's first digits are as good as drawn.
    const found = instances[Number.parseInt(requestId.slice(0, 6), 16) % instances.length]
    if (found === undefined) throw new Error(`no instance of ${service} runs`)
    return found
  }

  function isPoolDry(service: ServiceName, at: Nanos): boolean {
    return service === plan.scenario.service && trouble('pool_dry', at) !== undefined
  }

  function trouble(kind: TroubleKind, at: Nanos): string | undefined {
    return plan.troubles.find(one => one.kind === kind && at >= one.from && at < one.until)?.value
  }

  return {
    timeline,
    instance,
    trouble,
    isPoolDry,
    measure: agenda.add,
    queueDepth: (queue, by) => depths.set(queue, (depths.get(queue) ?? 0) + by),
    onFailure,
    deploy(deploy) {
      const { service } = deploy.release
      for (const old of running.get(service) ?? []) draining.push({ instance: old, until: deploy.at + DRAIN })
      const next = startAll(deploy.release, deploy.at)
      running.set(service, next)
      const [first, ...others] = next
      announceDeploy(first!, deploy, timeline, random.fork(`deploy/${deploy.at}`))
      for (const other of others) announceStart(other, timeline, deploy.at)
    },
    async tick(at) {
      now = at
      agenda.runUntil(at)
      const stopping = draining.filter(({ until }) => until <= at)
      const stopped = new Set(stopping.map(({ instance }) => instance))
      const alive = [...all(), ...draining.map(({ instance }) => instance)]
      await Promise.all(alive.map(({ telemetry }) => telemetry.collect(timeline.hrTime(at))))
      for (const { load } of alive) {
        load.requests = 0
        load.databaseNs = 0
      }
      lastTick = at
      await Promise.all([...stopped].map(({ telemetry }) => telemetry.flush().then(telemetry.close)))
      draining.splice(0, draining.length, ...draining.filter(({ until }) => until > at))
    },
    async flush() {
      const everyone = [...all(), ...draining.map(({ instance }) => instance)]
      await Promise.all(everyone.map(({ telemetry }) => telemetry.flush()))
    },
    async close() {
      const everyone = [...all(), ...draining.map(({ instance }) => instance)]
      await Promise.all(everyone.map(({ telemetry }) => telemetry.flush().then(telemetry.close)))
    },
  }
}

/** What a service on Kubernetes says about itself. */
function resourceOf({ service, version, commit }: Release, host: string, pod: Random) {
  const instance = uuid(pod)
  return {
    'service.name': service,
    'service.namespace': 'shop',
    'service.version': version,
    'service.instance.id': instance,
    'deployment.environment.name': 'production',
    'vcs.ref.head.revision': commit,
    'host.name': host,
    'cloud.region': 'eu-central-1',
    'k8s.cluster.name': 'shop-production',
    'k8s.namespace.name': 'shop',
    'k8s.deployment.name': service,
    'k8s.pod.name': `${service}-${pod.hex(10)}-${pod.hex(5)}`,
    'container.image.name': `registry.shop.example/${service}`,
    'container.image.tags': [version],
    'process.pid': pod.int(7, 60),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': '24.12.0',
  }
}
