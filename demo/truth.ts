import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { trace } from '@opentelemetry/api'
import { LAG, type Nanos, type Timeline } from './clock.ts'
import { DemoError } from './errors.ts'
import type { Deploy } from './incident/deploys.ts'
import type { Plan } from './incident/plan.ts'
import type { Ledger, SignalCounts } from './ledger.ts'
import type { DemoSettings } from './options.ts'
import type { ServiceName } from './shop/release.ts'
import type { Work } from './shop/work.ts'

/**
 * What really happened in a run, for whoever checks what a tool makes of its telemetry. Times are ISO 8601 in UTC with
 * milliseconds; ids are as in the telemetry. The file is this object as JSON.
 */
export interface GroundTruth {
  readonly schemaVersion: 1
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  /** Customers arrive in [start, end). The last spans and points lie up to 15 s after `end`. */
  readonly window: { readonly start: string; readonly end: string }
  /** Stopped early: `window.end` and the counts are of the part that was sent, and what is dated later did not happen. */
  readonly interrupted: boolean
  readonly incident: IncidentTruth
  /** Deploys that changed nothing that matters, near the culprit in time and not; the rollback is not among them. */
  readonly innocentDeploys: readonly DeployTruth[]
  /** Another thing that went wrong, for a while, earlier: not the incident, and no deploy's doing. */
  readonly decoy: { readonly what: string; readonly service: ServiceName; readonly start: string; readonly end: string }
  /** Errors of every day that go on all through the run, most frequent first. The incident's own type is not here. */
  readonly backgroundErrors: readonly ErrorCount[]
  /** Errors that callers report because of the others' errors, the incident's among them. */
  readonly propagatedErrors: readonly ErrorCount[]
  readonly sent: {
    readonly total: SignalCounts
    /** By `service.name`: spans, log records, metric data points. */
    readonly perService: Readonly<Record<string, SignalCounts>>
  }
}

interface IncidentTruth {
  readonly scenario: string
  /** Where the fault is: the service whose deploy brought it, or that the trouble comes to; the operation that is slow and fails. */
  readonly service: ServiceName
  readonly operation: string
  /** Null in a world where no deploy is to blame. */
  readonly deploy: DeployTruth | null
  /** Going back to the release before; null where the run has none. */
  readonly rollback: DeployTruth | null
  /** The operation is slower than before for everybody: from the deploy on, without one as long as the trouble lasts. */
  readonly latencyRegression: { readonly start: string; readonly end: string }
  /** The operation fails for the affected, between these times. */
  readonly errorBurst: {
    readonly start: string
    readonly end: string
    /** When the first and the last of the errors were recorded; null without errors, as after an early stop. */
    readonly firstError: string | null
    readonly lastError: string | null
    readonly count: number
  }
  readonly exception: {
    readonly type: string
    /** Variable parts as `<…>`. */
    readonly messageTemplate: string
    /** `exception.type` of what lies under it in the stack trace, after `Caused by:`; null where nothing does. */
    readonly causeType: string | null
    /** Top frame of the stack trace: function, and file from the repository's root. */
    readonly function: string
    readonly file: string
  }
  /**
   * What the failing requests have in common, as an attribute of the failing service's and checkout's spans. Without a
   * guilty deploy: the host, whom they call (`server.address`), or what is full (`metric`).
   */
  readonly affected: {
    readonly attribute: string
    readonly value: string
    readonly orders: IdList
    readonly requests: IdList
    readonly users: IdList
    readonly traces: IdList
  }
  /** Services that fail or slow down because they call the culprit, nearest first. */
  readonly propagatesTo: readonly ServiceName[]
}

/** Distinct ids in order of appearance; `ids` ends after 1,000, `count` does not. */
interface IdList {
  readonly count: number
  readonly ids: readonly string[]
}

interface DeployTruth {
  readonly service: ServiceName
  readonly time: string
  readonly version: string
  readonly commit: string
  readonly title: string
  readonly previousVersion: string
  readonly previousCommit: string
}

/** `count` is the number of span events named `exception` of that type in that service. */
interface ErrorCount {
  readonly service: ServiceName
  readonly type: string
  readonly count: number
}

const MAX_IDS = 1_000

/** Watches the run for the truth about it. */
export interface TruthRecorder {
  onFailure(error: Error, work: Work): void
  truth(run: FinishedRun): GroundTruth
}

interface FinishedRun {
  readonly settings: DemoSettings
  readonly timeline: Timeline
  readonly end: Nanos
  readonly interrupted: boolean
  readonly ledger: Ledger
}

export function createTruthRecorder(plan: Plan): TruthRecorder {
  const { scenario } = plan
  const affected = {
    orders: new Set<string>(),
    requests: new Set<string>(),
    users: new Set<string>(),
    traces: new Set<string>(),
  }
  const errors = new Map<string, { service: ServiceName; type: string; count: number }>()
  let first: Nanos | undefined
  let last: Nanos | undefined
  let count = 0

  function noteIncident({ request, context }: Work): void {
    first = Math.min(first ?? request.now, request.now)
    last = Math.max(last ?? request.now, request.now)
    count++
    affected.orders.add(request.entities['order.id'] ?? '')
    affected.requests.add(request.id)
    affected.users.add(request.entities['user.id'] ?? '')
    affected.traces.add(trace.getSpanContext(context)?.traceId ?? '')
  }

  return {
    onFailure(error, work) {
      const { service } = work.instance
      // What happens now and then all day is the incident only as long as its trouble lasts.
      const { now } = work.request
      const isIncident = scenario.change !== undefined || (now >= plan.burstStart && now <= plan.burstEnd + LAG)
      if (error.name === scenario.exceptionType && isIncident) return noteIncident(work)
      const key = `${service} ${error.name}`
      const entry = errors.get(key) ?? { service, type: error.name, count: 0 }
      entry.count++
      errors.set(key, entry)
    },
    truth({ settings, timeline, end, interrupted, ledger }) {
      const time = timeline.iso
      const counted = [...errors.values()].sort((a, b) => b.count - a.count)
      const slowFrom = plan.culprit?.at ?? plan.burstStart
      const slowUntil = plan.rollback?.at ?? (plan.culprit === undefined ? plan.burstEnd : end)
      return {
        schemaVersion: 1,
        seed: settings.seed,
        minutes: settings.minutes,
        rate: settings.rate,
        window: { start: timeline.iso(0), end: timeline.iso(end) },
        interrupted,
        incident: {
          scenario: scenario.name,
          service: scenario.service,
          operation: scenario.operation,
          deploy: plan.culprit === undefined ? null : deployTruth(plan.culprit, timeline),
          rollback: plan.rollback === undefined ? null : deployTruth(plan.rollback, timeline),
          latencyRegression: { start: time(slowFrom), end: time(slowUntil) },
          errorBurst: {
            start: time(plan.burstStart),
            end: time(plan.burstEnd),
            firstError: first === undefined ? null : timeline.iso(first),
            lastError: last === undefined ? null : timeline.iso(last),
            count,
          },
          exception: {
            type: scenario.exceptionType,
            messageTemplate: scenario.messageTemplate,
            causeType: scenario.causeType,
            function: scenario.function,
            file: scenario.file,
          },
          affected: {
            attribute: scenario.attribute,
            value: plan.value,
            orders: idList(affected.orders),
            requests: idList(affected.requests),
            users: idList(affected.users),
            traces: idList(affected.traces),
          },
          propagatesTo: scenario.service === 'checkout' ? ['storefront'] : ['checkout', 'storefront'],
        },
        innocentDeploys: plan.deploys
          .filter(deploy => deploy !== plan.culprit && deploy !== plan.rollback && deploy.at < end)
          .map(deploy => deployTruth(deploy, timeline)),
        decoy: {
          what: `${plan.decoy.value} answers slowly and times out`,
          service: plan.decoy.kind === 'gateway_slow' ? 'payment' : 'shipping',
          start: time(plan.decoy.from),
          end: time(plan.decoy.until),
        },
        backgroundErrors: counted.filter(entry => entry.type !== 'UpstreamError'),
        propagatedErrors: counted.filter(entry => entry.type === 'UpstreamError'),
        sent: { total: ledger.summary().generated, perService: ledger.perService() },
      }
    },
  }
}

function deployTruth({ at, release, previous }: Deploy, timeline: Timeline): DeployTruth {
  return {
    service: release.service,
    time: timeline.iso(at),
    version: release.version,
    commit: release.commit,
    title: release.title,
    previousVersion: previous.version,
    previousCommit: previous.commit,
  }
}

function idList(ids: ReadonlySet<string>): IdList {
  return { count: ids.size, ids: [...ids].slice(0, MAX_IDS) }
}

/**
 * Makes the folder, before the run: its end is too late to hear that the file has no place.
 *
 * @throws DemoError
 */
export async function makeRoomForTruth(file: string): Promise<void> {
  await orTell(file, mkdir(dirname(file), { recursive: true }))
}

/** @throws DemoError when the file cannot be written. */
export async function writeTruth(file: string, truth: object): Promise<void> {
  await orTell(file, writeFile(file, `${JSON.stringify(truth, null, 2)}\n`))
}

async function orTell(file: string, writing: Promise<unknown>): Promise<void> {
  try {
    await writing
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DemoError('usage', `--truth ${file} cannot be written (${why}); name another file`, { cause })
  }
}
