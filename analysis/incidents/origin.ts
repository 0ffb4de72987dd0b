import { feltNow, feltOf } from './felt.ts'
import { dependenciesOf, type Found, isWanting, mapOf, SEVERITIES, type ServiceMap } from './found.ts'

export interface Origin {
  readonly service: string
  readonly operation: string | undefined
  /** Whom it calls, where only those calls go wrong: a database, a host outside. */
  readonly dependency: string | undefined
  /** The finding that says most about it. */
  readonly because: Found
}

/**
 * What is harm. Fewer requests are an effect, and more of them a cause only of what they break; that nobody asks a
 * service at all is harm, where nothing is wrong with who would ask it.
 */
function harmOf(found: readonly Found[], map: ServiceMap): readonly Found[] {
  const isWrong = ({ kind, metric }: Found) => kind !== 'anomaly' || metric !== 'requests'
  const wrong = found.filter(isWrong)
  const below = new Set([...new Set(wrong.map(({ service }) => service))].flatMap(one => [...dependenciesOf(one, map)]))
  const harmful = found.filter(
    one => isWrong(one) || (one.type === 'silence' && isOfService(one) && !below.has(one.service)),
  )
  return harmful.length === 0 ? found : harmful
}

const isOfService = ({ operation, callee }: Found) => operation === undefined && callee === undefined

/**
 * How much a finding says about where the trouble is: a problem that goes on is thrown somewhere, slowness is handed on.
 * That something was seen once says little, and a note next to nothing.
 */
function weightOf(one: Found): number {
  const level = one.severity === 'info' ? 0.2 : 1 + SEVERITIES.indexOf(one.severity)
  return baseOf(one) * level * (one.callee === undefined ? 1 : 0.5)
}

function baseOf({ kind, metric }: Found): number {
  if (kind === 'problem') return 0.5
  if (kind === 'slo') return 1
  if (kind === 'node') return 3
  return metric === 'records' ? 5 : metric === 'error_rate' ? 4 : 2
}

/**
 * Where the trouble most likely is: of the services with findings, one that rests on no other of them. A service that
 * calls a troubled one is explained by it. Where nothing is wrong but that requests do not come, it is the other way
 * round: who is not called is explained by who does not call. Among several, the one with more evidence, then the
 * earlier one.
 *
 * @param all also what is over: it names no service, but tells of the one that is named.
 */
export function originOf(found: readonly Found[], map: ServiceMap, all = found): Origin | undefined {
  const harmful = harmOf(found, map)
  const byService = Map.groupBy(harmful, one => aboutOf(one, map))
  const weights = new Map(
    [...byService].map(([service, own]) => [service, own.reduce((sum, one) => sum + weightOf(one), 0)]),
  )
  const most = Math.max(0, ...weights.values())
  // A passing oddity of a dependency does not take the blame for an outage.
  const candidates = [...byService.keys()].filter(service => weights.get(service)! >= most * LEAST_SHARE)
  const troubled = mapOf(harmful.map(one => ({ caller: one.service, callee: aboutOf(one, map) })))
  const explains = harmful.every(isWanting)
    ? (service: string, other: string) => restsOn(other, service, map, troubled)
    : (service: string, other: string) => restsOn(service, other, map, troubled)
  const deepest = candidates.filter(service => !candidates.some(other => other !== service && explains(service, other)))
  const first = (service: string): number => Math.min(...byService.get(service)!.map(({ since }) => since))
  const [service] = deepest.toSorted(
    (a, b) => weights.get(b)! - weights.get(a)! || first(a) - first(b) || (a < b ? -1 : 1),
  )
  if (service === undefined) return undefined
  // What is over still says what it was.
  const own = all.filter(one => aboutOf(one, map) === service)
  const ranked = rankedOf(own, service)
  const because = ranked[0]!
  const operation =
    because.service === service
      ? (because.operation ?? ranked.find(one => one.operation !== undefined)?.operation)
      : undefined
  const felt = feltOf(because, all, service)
  const outside = ranked.filter(
    one => one.callee !== undefined && aboutOf(one, map) === one.service && !wasOverBefore(one, felt),
  )
  const dependency = outside[0]?.callee
  return { service, operation, dependency, because }
}

const LEAST_SHARE = 0.2

/**
 * The one that says most first; of those that say as much, the one that began with what is felt. What was over before
 * that says nothing of it.
 */
function rankedOf(own: readonly Found[], service: string): readonly Found[] {
  const felt = feltNow(own, service)
  const beside = own.filter(one => felt === undefined || !wasOverBefore(one, felt))
  const apart = ({ since }: Found): number => (felt === undefined ? 0 : Math.abs(since - felt.since))
  return beside.toSorted((a, b) => weightOf(b) - weightOf(a) || apart(a) - apart(b) || a.since - b.since)
}

function wasOverBefore({ until }: Found, { since }: Found): boolean {
  return until !== undefined && until < since
}

/** Of two that call each other, the one whose calls of the other go wrong, if only its own do. */
function restsOn(service: string, other: string, map: ServiceMap, troubled: ServiceMap): boolean {
  if (!dependenciesOf(service, map).has(other)) return false
  if (!dependenciesOf(other, map).has(service)) return true
  return dependenciesOf(service, troubled).has(other) && !dependenciesOf(other, troubled).has(service)
}

/** Calls that go wrong say more of who is called, where that is one of the services; that there are none, of who calls. */
function aboutOf({ service, callee, metric }: Found, map: ServiceMap): string {
  return callee !== undefined && metric !== 'requests' && map.callees(service).includes(callee) ? callee : service
}

/** `origin`: of the suspected service; `explained`: it rests on that, or is not asked by it; `related`: came along. */
export type Role = 'origin' | 'explained' | 'related'

export function roleOf(found: Found, origin: string, map: ServiceMap): Role {
  if (found.service === origin) return 'origin'
  const isExplained =
    dependenciesOf(found.service, map).has(origin) ||
    (isWanting(found) && dependenciesOf(origin, map).has(found.service))
  return isExplained ? 'explained' : 'related'
}
