import type { Severity } from '../detect/tell.ts'
import { feltOf } from './felt.ts'
import { type Found, isWanting, type ServiceMap, worstOf } from './found.ts'
import { type Origin, originOf, type Role, roleOf } from './origin.ts'

export type IncidentState = 'open' | 'acknowledged' | 'resolved'

export interface TimelineEntry {
  readonly at: number
  readonly text: string
}

export interface Incident {
  readonly id: string
  readonly environment: string
  readonly state: IncidentState
  readonly severity: Severity
  readonly title: string
  readonly origin: Origin
  readonly since: number
  readonly openedAt: number
  /** The last time that anything joined it, got worse or ended. */
  readonly activeAt: number
  readonly resolvedAt: number | undefined
  readonly members: readonly Found[]
  readonly timeline: readonly TimelineEntry[]
  /** Grows with each change that is told. */
  readonly revision: number
}

/** A timeline keeps its beginning and its newest part: what lasts for days does not grow without end. */
const TIMELINE_HEAD = 50
const TIMELINE_TAIL = 150

export function noted(
  timeline: readonly TimelineEntry[],
  ...entries: readonly TimelineEntry[]
): readonly TimelineEntry[] {
  const all = [...timeline, ...entries]
  if (all.length <= TIMELINE_HEAD + TIMELINE_TAIL) return all
  return [...all.slice(0, TIMELINE_HEAD), ...all.slice(-TIMELINE_TAIL)]
}

/** What follows from the members: origin, severity, title. */
export function concluded(
  members: readonly Found[],
  map: ServiceMap,
  before?: Incident,
): Pick<Incident, 'origin' | 'severity' | 'title' | 'since'> {
  // What is over explains nothing that goes on; when all is over, what was concluded last of all that came stands.
  // That requests do not come is an effect of what it joined, and does not take over when that is over.
  const isAllWanting = members.every(one => isWanting(one) || isSoft(one))
  const live = members.filter(one => one.until === undefined && !isSoft(one) && (isAllWanting || !isWanting(one)))
  const stands = live.length === 0 && before !== undefined && before.members.length === members.length
  const origin = stands ? before.origin : originOf(live.length === 0 ? members : live, map, members)!
  return {
    origin,
    severity: worstOf(members.map(({ severity }) => severity)),
    title: titleOf(origin, members),
    since: Math.min(before?.since ?? Number.POSITIVE_INFINITY, begun(origin, members)),
  }
}

/** Whether it may be there by chance: a problem that was seen once, what is worth a note only. */
export function isSoft({ kind, severity }: Found): boolean {
  return kind === 'problem' || severity === 'info'
}

/** What an incident is felt by: what its title tells of, and what changed is looked for before. */
export function feltIn({ origin, members }: Pick<Incident, 'origin' | 'members'>): Found {
  return feltOf(origin.because, members, origin.service)
}

/**
 * When the trouble began: with the first that its origin's requests tell of it, or that came with what is felt. What may
 * be there by chance does not say when, nor what went on elsewhere before and only came along.
 */
function begun(origin: Origin, members: readonly Found[]): number {
  const felt = feltIn({ origin, members })
  const firm = members.filter(one => !isSoft(one))
  const own = firm.filter(
    one =>
      (one.service === origin.service && one.callee === undefined && one.metric !== 'records') ||
      Math.abs(one.since - felt.since) <= COMES_WITH_MS,
  )
  return Math.min(...[felt, ...own].map(({ since }) => since))
}

export const COMES_WITH_MS = 3 * 60_000

/** Who, where, what: and how many others feel it. */
function titleOf({ service, operation, dependency, because }: Origin, members: readonly Found[]): string {
  // Who is merely asked less feels nothing, unless that is all there is.
  const feeling = members.filter(one => !isWanting(one) || isWanting(because))
  const others = new Set(feeling.map(one => one.service))
  others.delete(service)
  const where = operation === undefined ? service : `${service} ${operation}`
  const what = whatOf(feltOf(because, members, service))
  const at = dependency === undefined ? '' : ` calling ${dependency}`
  const reach =
    others.size === 0
      ? ''
      : `, felt by ${[...others].sort().slice(0, 3).join(', ')}${others.size > 3 ? ` and ${others.size - 3} more` : ''}`
  return `${where}: ${what}${at}${reach}`
}

function whatOf({ kind, type, metric, severity }: Found): string {
  if (kind === 'node') return 'a node is lost'
  if (kind === 'slo') return 'the error budget is burning'
  if (kind === 'problem') return type === 'regressed' ? 'a resolved problem is back' : 'a new problem'
  switch (metric) {
    case 'error_rate':
      return severity === 'critical' ? 'most requests fail' : 'requests fail'
    case 'records':
      return 'a problem occurs'
    case 'latency_p95':
      return 'requests are slow'
    case 'requests':
      return type === 'silence' ? 'no requests' : type === 'drop' ? 'fewer requests' : 'more requests'
    case 'uptime':
      return 'down'
    default:
      return type === 'drift' ? `${metric?.replace(/_hour$/, '')} drifts` : `${metric} is unusual`
  }
}

export function rolesOf(
  incident: Incident,
  map: ServiceMap,
): readonly { readonly found: Found; readonly role: Role }[] {
  return incident.members.map(found => ({ found, role: roleOf(found, incident.origin.service, map) }))
}
