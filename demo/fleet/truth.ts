import { MILLISECOND, type Nanos, type Timeline } from '../clock.ts'
import type { Ledger, SignalCounts } from '../ledger.ts'
import type { DebugEvent } from './drops.ts'
import type { FleetPlan } from './plan.ts'
import type { FleetWorld } from './runtime.ts'

/** What really happened in a run of the fleet. Times are ISO 8601 in UTC. */
export interface FleetTruth {
  readonly schemaVersion: 1
  readonly world: 'ev'
  readonly seed: number
  readonly window: { readonly start: string; readonly end: string }
  readonly incident: {
    readonly kind: string
    /** Where it begins, and what an honest answer calls it. */
    readonly service: string
    readonly causes: readonly string[]
    readonly start: string
    /** The deploy that brought it and, of the commits in it, the guilty one; null where no code is to blame. */
    readonly deploy: { readonly version: string; readonly commit: string; readonly time: string } | null
    readonly commit: {
      readonly id: string
      readonly title: string
      readonly author: string
      readonly file: string
    } | null
    readonly exception: string
    readonly function: string
    readonly file: string
    /** The host, the party outside, or what the dropped sessions share; null where nothing. */
    readonly at: string | null
  }
  /** Deploys that changed nothing that matters. */
  readonly innocentDeploys: readonly { readonly service: string; readonly version: string; readonly commit: string }[]
  readonly drops: number
  /** The correlation id of the event of high priority. */
  readonly correlationId: string | null
  readonly sent: { readonly total: SignalCounts; readonly perService: Readonly<Record<string, SignalCounts>> }
}

export function truthOf(run: {
  readonly seed: number
  readonly plan: FleetPlan
  readonly fleet: FleetWorld
  readonly timeline: Timeline
  readonly end: Nanos
  readonly ledger: Ledger
  readonly events: readonly DebugEvent[]
}): FleetTruth {
  const { seed, plan, fleet, timeline, end, ledger, events } = run
  const { kind, guilty } = plan
  const iso = (at: Nanos) => new Date(timeline.startUnixMs + at / MILLISECOND).toISOString()
  const deploy = plan.deploys.find(({ commits }) => commits.some(one => one === guilty))
  const { fullDisk, silentHost, endedContracts } = kind.trouble ?? {}
  return {
    ...{ schemaVersion: 1, world: 'ev', seed, window: { start: iso(0), end: iso(end) } },
    incident: {
      ...{ kind: kind.name, service: kind.service, causes: kind.causes, start: iso(plan.at) },
      deploy: deploy === undefined ? null : { version: deploy.version, commit: deploy.commit, time: iso(deploy.at) },
      commit: guilty === undefined ? null : commitOf(guilty),
      ...{ exception: kind.exception, function: kind.function, file: kind.file },
      at: (fullDisk === undefined ? undefined : fleet.fullHost) ?? silentHost ?? endedContracts ?? null,
    },
    innocentDeploys: plan.deploys
      .filter(one => one !== deploy && one.at <= end)
      .map(({ service, version, commit }) => ({ service, version, commit })),
    drops: events.length,
    correlationId: events.find(({ priority }) => priority === 'high')?.correlationId ?? null,
    sent: { total: ledger.summary().generated, perService: ledger.perService() },
  }
}

function commitOf({ id, edit }: NonNullable<FleetPlan['guilty']>) {
  const { title, author, file } = edit
  return { id, title, author, file }
}
