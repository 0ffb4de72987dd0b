import { MINUTE, type Nanos, SECOND } from '../clock.ts'
import type { Random } from '../random.ts'
import { INNOCENT } from './edits.ts'
import { type DropKind, type Edit, FLEET_SERVICES, type FleetService } from './kinds.ts'
import type { Commit, Repository } from './repository.ts'

/** Enough calm for whoever compares five minutes with the fifteen before them. */
export const CALM: Nanos = 21 * MINUTE
/** Who was not told by then is not told. */
export const TROUBLE_MAX: Nanos = 2 * MINUTE

/** A build of a service comes into production. */
export interface FleetDeploy {
  readonly at: Nanos
  readonly service: FleetService
  readonly version: string
  /** The newest of its commits, and all that came with it. */
  readonly commit: string
  readonly title: string
  readonly commits: readonly Commit[]
}

export interface FleetPlan {
  readonly kind: DropKind
  /** When it begins. */
  readonly at: Nanos
  readonly initial: { readonly version: string; readonly commit: string }
  /** In order of time. */
  readonly deploys: readonly FleetDeploy[]
  /** The commit that brought it. */
  readonly guilty: Commit | undefined
}

/** Commits are deployed so long after they were made. */
const REVIEWED: Nanos = 12 * MINUTE
const FIRST_VERSION = '2.7.0'

/**
 * Deploys that change nothing, of the same service and of others, near in time and not; and the guilty one among them,
 * where there is one: its build has another commit on top.
 */
export async function planFleet(
  kind: DropKind,
  repository: Repository,
  random: Random,
  dateOf: (at: Nanos) => Date,
): Promise<FleetPlan> {
  const at = CALM
  const left = new Map(FLEET_SERVICES.map(service => [service, [...INNOCENT[service]]]))
  const innocent = (service: FleetService): Edit => left.get(service)!.pop()!
  const others = FLEET_SERVICES.filter(service => service !== kind.service)
  const other = (): FleetService => others.splice(random.int(0, others.length - 1), 1)[0]!
  const isGuilty = kind.edit !== undefined
  const steps: { readonly at: Nanos; readonly service: FleetService; readonly edits: readonly Edit[] }[] = [
    { at: at - 17 * MINUTE, service: kind.service, edits: [innocent(kind.service)] },
    { at: at - 8 * MINUTE, ...innocentOf(other()) },
    ...(isGuilty ? [] : [{ at: at - 6 * MINUTE, ...innocentOf(kind.service) }]),
    { at: at - 45 * SECOND, ...innocentOf(other()) },
    ...(isGuilty ? [{ at, service: kind.service, edits: [kind.edit!, ...INNOCENT[kind.service].slice(0, 1)] }] : []),
    { at: at + 8 * SECOND, ...innocentOf(other()) },
  ]
  function innocentOf(service: FleetService) {
    return { service, edits: [innocent(service)] }
  }
  const versions = new Map(FLEET_SERVICES.map(service => [service, 0]))
  const deploys: FleetDeploy[] = []
  for (const { at, service, edits } of steps) {
    const commits: Commit[] = []
    for (const [i, edit] of edits.entries()) {
      commits.push(await repository.commit(edit, dateOf(at - REVIEWED + i * MINUTE)))
    }
    const newest = commits.at(-1)!
    const build = versions.get(service)! + 1
    versions.set(service, build)
    deploys.push({ at, service, version: `2.7.${build}`, commit: newest.id, title: newest.edit.title, commits })
  }
  const guilty = deploys.flatMap(({ commits }) => commits).find(({ edit }) => edit === kind.edit)
  return { kind, at, initial: { version: FIRST_VERSION, commit: repository.first }, deploys, guilty }
}
