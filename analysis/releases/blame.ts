import { isMachine } from '../contrast/machines.ts'

/** A release, deploy or change of configuration of a service. Times are milliseconds. */
export interface Change {
  readonly at: number
  readonly service: string
  readonly release: string | undefined
}

/** The operation that fails became slower for good, or for as long as the change was there. */
export interface Slowdown {
  readonly at: number
  /** How far the moment may lie off: some requests' worth of time. */
  readonly toleranceMs: number
  readonly factor: number
}

export interface Failing {
  /** Where it is thrown. */
  readonly service: string
  /** Services that call it in the failing requests, nearest first. */
  readonly callers: readonly string[]
  readonly onset: number
  readonly end: number
  readonly failures: number
  /** It began while it was watched; else it was there before, only rarer. */
  readonly isNew: boolean
  /** Releases of the service that had it in its unusual time. */
  readonly releases: readonly string[]
  readonly slowdowns: readonly Slowdown[]
  /** Keys of the attributes that tell failures from good requests, synonyms with them. */
  readonly sharedKeys: readonly string[]
}

export interface Blame {
  /** The change that is the likely cause; undefined where none is. */
  readonly change: Change | undefined
  /** What speaks for it; of what speaks against all of them where there is none. */
  readonly because: readonly string[]
  /** The last change of the service before the onset, where it is not the cause. */
  readonly nearest: Change | undefined
}

/** A failure comes with a change where no more time lies between them than some failures take to come. */
const ONSET_TOLERANCE_MIN_MS = 30_000
const ONSET_TOLERANCE_MAX_MS = 180_000
const GAPS = 3

/**
 * Which change of a service a problem comes from, if any. To come before it is not enough: services are deployed all
 * day. A change is the cause where something changed with it: the failures began, the operation that fails became
 * slower, or releases that run at the same time differ by it. And it is not, whatever the times say, where the release
 * before had the same failures, or where the release does well on other machines. Nothing after the onset is a cause.
 */
export function blame(failing: Failing, changes: readonly Change[]): Blame {
  const before = changes.filter(change => change.at <= failing.onset).toSorted((a, b) => b.at - a.at)
  const places = [failing.service, ...failing.callers]
  const suspects = before
    .filter(change => places.includes(change.service))
    .map(change => ({ change, for: speaksFor(change, failing), against: speaksAgainst(change, before, failing) }))
  const guilty = suspects
    .filter(one => one.for.length > 0 && one.against.length === 0)
    .sort(
      (a, b) =>
        places.indexOf(a.change.service) - places.indexOf(b.change.service) ||
        b.for.length - a.for.length ||
        b.change.at - a.change.at,
    )[0]
  const nearest = suspects.find(one => one.change.service === failing.service)
  if (guilty !== undefined) return { change: guilty.change, because: guilty.for, nearest: nearest?.change }
  return { change: undefined, because: whyNone(failing, nearest), nearest: nearest?.change }
}

function speaksFor(change: Change, failing: Failing): string[] {
  const reasons: string[] = []
  const isOwn = change.service === failing.service
  if (failing.onset - change.at <= onsetTolerance(failing)) {
    reasons.push(`the failures began ${seconds(failing.onset - change.at)} after it`)
  }
  const slower = failing.slowdowns.find(({ at, toleranceMs }) => Math.abs(at - change.at) <= toleranceMs)
  if (slower !== undefined) reasons.push(`the operation became ${rounded(slower.factor)} times as slow with it`)
  const [only, ...others] = failing.releases
  if (isOwn && failing.sharedKeys.includes('service.version') && others.length === 0 && only === change.release) {
    reasons.push('requests that other releases served at the same time did not fail')
  }
  if (failing.sharedKeys.includes(`${change.service}/service.version`)) {
    reasons.push('requests that came through its other releases at the same time did not fail')
  }
  // It does not prove anything alone: what is new in a service is always in its newest release.
  if (isOwn && reasons.length > 0 && failing.isNew && others.length === 0 && only === change.release) {
    reasons.push('no release before it had them')
  }
  return reasons
}

function speaksAgainst(change: Change, before: readonly Change[], failing: Failing): string[] {
  if (change.service !== failing.service) return []
  const reasons: string[] = []
  const earlier = before.find(other => other.service === change.service && other.at < change.at)
  const others = failing.releases.filter(release => release !== change.release)
  const sinceThen = before.filter(({ service, at }) => service === change.service && at > change.at)
  if (change.release !== undefined && others.some(release => !sinceThen.some(later => later.release === release))) {
    reasons.push(`${earlier === undefined ? 'another release has' : 'the release before has'} them, too`)
  }
  if (failing.sharedKeys.some(isMachine) && !failing.sharedKeys.includes('service.version')) {
    reasons.push('the same release does well on other machines')
  }
  return reasons
}

function whyNone(
  { onset, service, isNew }: Failing,
  nearest:
    | { readonly change: Change; readonly for: readonly string[]; readonly against: readonly string[] }
    | undefined,
): string[] {
  if (nearest === undefined) return [`no release, deploy or change of ${service} is known before it`]
  const reasons = [...nearest.against]
  if (nearest.for.length === 0) {
    reasons.push(
      `the last change of ${service} came ${seconds(onset - nearest.change.at)} before it, and nothing changed with it`,
    )
  }
  if (!isNew) reasons.push('it was there before, only rarer')
  return reasons
}

function onsetTolerance({ onset, end, failures }: Failing): number {
  const gap = (end - onset) / Math.max(1, failures - 1)
  return Math.min(ONSET_TOLERANCE_MAX_MS, Math.max(ONSET_TOLERANCE_MIN_MS, GAPS * gap))
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`
}

function rounded(factor: number): number {
  return factor < 10 ? Math.round(factor * 10) / 10 : Math.round(factor)
}
