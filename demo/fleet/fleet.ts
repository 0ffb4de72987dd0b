import { ROOT_CONTEXT, SeverityNumber } from '@opentelemetry/api'
import type { Nanos, Timeline } from '../clock.ts'
import { createIdGenerator, uuid } from '../ids.ts'
import type { Random } from '../random.ts'
import type { Sink } from '../telemetry/exporters.ts'
import { STATIONS } from './drivers.ts'
import { FLEET_SERVICES, type FleetService, type FleetTrouble, fileOf } from './kinds.ts'
import type { FleetDeploy, FleetPlan } from './plan.ts'
import { type Build, type FleetProcess, type Handler, type Place, startProcess } from './process.ts'
import { REPOSITORY, type Repository } from './repository.ts'
import type { FleetWorld, Request } from './runtime.ts'

/** What each service offers, and the function that does it. */
const ENDPOINTS: Readonly<Record<FleetService, Readonly<Record<string, string>>>> = {
  EdgeDevice: { 'POST /plug': 'plugIn', 'POST /reading': 'sendMeter' },
  SessionManager: { 'POST /sessions': 'startSession', 'POST /meter': 'keepMeter' },
  ServiceA: { 'POST /quotes': 'quote' },
  ServiceB: { 'GET /sites/{id}': 'readLimit' },
  Payment: { 'POST /holds': 'placeHold' },
}
const SETTINGS: Readonly<Record<string, number>> = { site_timeout_ms: 900 }
const PAYMENT_HOSTS = ['worker-1', 'worker-2', 'worker-3']
/** Firmware comes to so many stations, one after the other: the others go on as they are. */
const FIRST_STATIONS = 2
const NOTHING: FleetTrouble = {}

/** The services of the fleet as the run drives them. */
export interface Fleet extends FleetWorld {
  deploy(deploy: FleetDeploy): Promise<void>
  changeSetting(at: Nanos): void
  /** Collects every process's metrics as of that time. */
  tick(at: Nanos): Promise<void>
  flush(): Promise<void>
  close(): Promise<void>
}

export interface FleetSetup {
  readonly plan: FleetPlan
  readonly repository: Repository
  readonly timeline: Timeline
  readonly random: Random
  readonly sink: Sink
  readonly onDebugEvent: FleetWorld['onDebugEvent']
}

export async function createFleet({
  plan,
  repository,
  timeline,
  random,
  sink,
  onDebugEvent,
}: FleetSetup): Promise<Fleet> {
  const { kind } = plan
  const fullHost = random.pick(PAYMENT_HOSTS)
  let now: Nanos = 0
  const trouble = (at: Nanos): FleetTrouble => (at >= plan.at ? (kind.trouble ?? NOTHING) : NOTHING)
  const surroundings = {
    ...{ timeline, random, sink, now: () => now, idGenerator: createIdGenerator(random.fork('trace ids')) },
    isShort(what: 'connections' | 'memory', { service }: Place, at: Nanos) {
      const { dryPool, littleMemory } = trouble(at)
      return (what === 'connections' ? dryPool : littleMemory) === service
    },
  }
  const builds = new Map<string, Build>()
  for (const service of FLEET_SERVICES) builds.set(service, await buildOf(repository, service, plan.initial))
  const processes = new Map(
    FLEET_SERVICES.map(service => [service, placesOf(service).map(place => start(place, builds.get(service)!, 0))]),
  )

  function start(place: Place, build: Build, at: Nanos): FleetProcess {
    const process = startProcess(place, build, at, surroundings)
    const timestamp = timeline.hrTime(at)
    const body = `${place.service} ${build.version} is up on ${place.host}`
    process.telemetry.logger.emit({ ...INFO, timestamp, observedTimestamp: timestamp, body })
    return process
  }

  function of(service: string): FleetProcess[] {
    const found = processes.get(service as FleetService) // by name, as the code of the fleet calls it
    if (found === undefined) throw new Error(`there is no ${service}`)
    return found
  }

  return {
    timeline,
    trouble,
    fullHost,
    onDebugEvent,
    process(service, request) {
      const all = of(service)
      const { station } = request.session
      return service === 'EdgeDevice' ? all.find(({ host }) => host === station)! : all[turnOf(request) % all.length]!
    },
    setting(service, name, at) {
      const { setting } = kind
      if (setting?.name === name && service === kind.service && at >= plan.at) return setting.value
      return SETTINGS[name]!
    },
    async deploy(deploy) {
      const { service, at } = deploy
      const old = of(service)
      const build = await buildOf(repository, service, deploy)
      const replaced = service === 'EdgeDevice' ? old.slice(0, FIRST_STATIONS) : old
      const next = replaced.map(({ host }) => start({ service, host }, build, at))
      announce(next[0]!, deploy, timeline, random.fork(`deploy/${at}`))
      processes.set(service, [...next, ...old.slice(replaced.length)])
      await Promise.all(replaced.map(({ telemetry }) => telemetry.flush().then(telemetry.close)))
    },
    changeSetting(at) {
      const { setting, service } = kind
      if (setting === undefined) return
      const timestamp = timeline.hrTime(at)
      const attributes = { 'config.key': setting.name, 'config.value': setting.value }
      const record = { ...INFO, timestamp, observedTimestamp: timestamp, body: setting.title, attributes }
      of(service)[0]!.telemetry.logger.emit({ ...record, eventName: 'config.change' })
    },
    async tick(at) {
      now = at
      await Promise.all([...processes.values()].flat().map(({ telemetry }) => telemetry.collect(timeline.hrTime(at))))
    },
    async flush() {
      await Promise.all([...processes.values()].flat().map(({ telemetry }) => telemetry.flush()))
    },
    async close() {
      const all = [...processes.values()].flat()
      await Promise.all(all.map(({ telemetry }) => telemetry.flush().then(telemetry.close)))
    },
  }
}

const INFO = { severityNumber: SeverityNumber.INFO, severityText: 'INFO', context: ROOT_CONTEXT }

function placesOf(service: FleetService): readonly Place[] {
  if (service === 'EdgeDevice') return STATIONS.map(host => ({ service, host }))
  if (service === 'Payment') return PAYMENT_HOSTS.map(host => ({ service, host }))
  return [{ service, host: 'worker-4' }]
}

function turnOf({ id }: Request): number {
  return Number.parseInt(id.slice(-6), 16)
}

async function buildOf(
  repository: Repository,
  service: FleetService,
  { version, commit }: { readonly version: string; readonly commit: string },
): Promise<Build> {
  const release = await repository.release(commit)
  const module = await release.load(fileOf(service))
  const handlers = new Map(
    // The module is ours: what the table names is such a function.
    Object.entries(ENDPOINTS[service]).map(([operation, name]) => [operation, module[name] as Handler]),
  )
  return { version, commit, root: release.root, handlers }
}

function announce({ telemetry }: FleetProcess, deploy: FleetDeploy, timeline: Timeline, random: Random): void {
  const { at, service, version, commit, title } = deploy
  const timestamp = timeline.hrTime(at)
  telemetry.logger.emit({
    ...INFO,
    ...{ eventName: 'deployment', timestamp, observedTimestamp: timestamp },
    body: `deployed ${service} ${version} (${commit.slice(0, 8)}): ${title}`,
    attributes: {
      'deployment.id': uuid(random),
      'deployment.status': 'succeeded',
      'deployment.environment.name': 'production',
      'service.version': version,
      'vcs.change.title': title,
      'vcs.ref.head.name': 'main',
      'vcs.ref.head.revision': commit,
      'vcs.repository.name': REPOSITORY,
    },
  })
}
