import { areRelated, dependenciesOf, type Found, isAtLeast, isWanting, type ServiceMap } from './found.ts'
import { COMES_WITH_MS, concluded, type Incident, isSoft, noted } from './incident.ts'
import { type IncidentSettings, ruleFor } from './settings.ts'

export interface IncidentChange {
  readonly what: 'opened' | 'updated' | 'resolved' | 'reopened'
  readonly incident: Incident
}

export interface Correlator {
  /**
   * @param found findings that are new or have changed since the last step.
   * @returns each incident that changed, once.
   */
  step(now: number, found: readonly Found[], mapOf: (environment: string) => ServiceMap): readonly IncidentChange[]
  /** What people did: acknowledged, resolved by hand. */
  replace(incident: Incident): void
  open(): readonly Incident[]
}

export interface CorrelatorStart {
  readonly incidents: readonly Incident[]
  readonly waiting: readonly Found[]
}

/**
 * Puts findings that belong together in time and on the service map into one incident. Findings that do not open one
 * wait for company as long as they could still join. Pure but for what it remembers, which is what the store has.
 */
export function createCorrelator(
  settings: IncidentSettings,
  idOf: (first: Found) => string,
  start: CorrelatorStart = { incidents: [], waiting: [] },
): Correlator {
  const incidents = new Map(start.incidents.map(one => [one.id, one]))
  const waiting = new Map(start.waiting.map(one => [one.id, one]))

  return {
    open: () => [...incidents.values()].filter(({ state }) => state !== 'resolved'),
    replace(incident) {
      incidents.set(incident.id, incident)
    },
    step(now, found, mapOf) {
      const changes = new Map<string, IncidentChange['what']>()
      const touch = (incident: Incident, what: IncidentChange['what']): void => {
        incidents.set(incident.id, incident)
        const before = changes.get(incident.id)
        if (before === undefined || before === 'updated' || what === 'resolved') changes.set(incident.id, what)
      }
      // What is known first, and all of an incident at once: of what ends together, the order says nothing.
      const byHolder = Map.groupBy(found, one => holderOf(one))
      for (const [holder, known] of byHolder) {
        if (holder !== undefined) again(holder, known, now, mapOf(holder.environment), touch)
      }
      for (const one of byHolder.get(undefined) ?? []) place(one, now, mapOf(one.environment), touch)
      gather(now, mapOf, touch)
      for (const incident of [...incidents.values()]) settle(incident, now, touch)
      forget(now)
      return [...changes].map(([id, what]) => {
        const incident = { ...incidents.get(id)!, revision: incidents.get(id)!.revision + 1 }
        incidents.set(id, incident)
        return { what, incident }
      })
    },
  }

  type Touch = (incident: Incident, what: IncidentChange['what']) => void

  function holderOf({ id }: Found): Incident | undefined {
    return [...incidents.values()].find(({ members }) => members.some(member => member.id === id))
  }

  /** Into an incident that it belongs to, or among those that wait. */
  function place(one: Found, now: number, map: ServiceMap, touch: Touch): void {
    if (one.until !== undefined && !one.wasOver) {
      waiting.delete(one.id)
      return
    }
    const home = [...incidents.values()].find(incident => incident.state !== 'resolved' && belongs(one, incident, map))
    const before = [...incidents.values()].find(incident => isSameTrouble(one, incident))
    if (home !== undefined) touch(joined(home, [one], now, map), 'updated')
    else if (before !== undefined && one.until === undefined && ruleFor(one, settings.rules)?.findings !== 0) {
      touch(reopened(before, [one], now, map), 'reopened')
    } else waiting.set(one.id, one)
  }

  function again(holder: Incident, known: readonly Found[], now: number, map: ServiceMap, touch: Touch): void {
    if (holder.state === 'resolved') {
      const live = known.filter(({ until }) => until === undefined)
      if (live.length > 0) touch(reopened(holder, live, now, map), 'reopened')
      return
    }
    const after = joined(holder, known, now, map)
    if (isNews(holder, after)) touch(after, 'updated')
    else incidents.set(after.id, after)
  }

  function belongs(one: Found, incident: Incident, map: ServiceMap): boolean {
    const { environment, activeAt, members, origin } = incident
    if (environment !== one.environment || one.since > activeAt + settings.joinMs) return false
    // Waiting to be resolved is not going on: what begins after all of it was over is another trouble.
    if (members.every(member => overAt(member) + GAP_MS < one.since)) return false
    if (isSoft(one)) return members.some(member => comesWith(one, member))
    // That nobody is asked any more, callers neither, is no trouble of whoever would have answered.
    if (isWanting(one) && !isWanting(origin.because))
      return members.some(member => overAt(member) >= one.since && keepsFrom(member.service, one.service, map))
    return members.some(member => areRelated(member.service, one.service, map))
  }

  /** What is resolved comes back: the same series or problem, of the same service, within the window. */
  function isSameTrouble(one: Found, incident: Incident): boolean {
    if (incident.state !== 'resolved' || incident.environment !== one.environment) return false
    if (one.since - incident.resolvedAt! > settings.reopenMs) return false
    return incident.members.some(
      member =>
        member.service === one.service &&
        member.kind === one.kind &&
        member.metric === one.metric &&
        member.operation === one.operation &&
        member.fingerprint === one.fingerprint,
    )
  }

  /** Opens an incident for waiting findings that are enough, with all that belong to them. */
  function gather(now: number, mapOf: (environment: string) => ServiceMap, touch: Touch): void {
    for (const first of [...waiting.values()]) {
      if (!waiting.has(first.id)) continue
      const map = mapOf(first.environment)
      const near = [...waiting.values()].filter(
        other =>
          other.environment === first.environment &&
          Math.abs(other.since - first.since) <= settings.joinMs &&
          areRelated(other.service, first.service, map),
      )
      const firm = near.filter(one => !isSoft(one))
      const together = near.filter(
        one => !isSoft(one) || firm.length === 0 || firm.some(other => comesWith(one, other)),
      )
      if (!isEnough(first, together)) continue
      const id = idOf(first)
      for (const one of together) waiting.delete(one.id)
      const members = together.toSorted((a, b) => a.since - b.since)
      const incident: Incident = {
        id,
        environment: first.environment,
        state: 'open',
        ...concluded(members, map),
        openedAt: now,
        activeAt: now,
        resolvedAt: undefined,
        members,
        timeline: members.map(({ since, sentence }) => ({ at: since, text: sentence })),
        revision: 0,
      }
      touch({ ...incident, timeline: noted(incident.timeline, { at: now, text: 'opened' }) }, 'opened')
    }
  }

  function isEnough(first: Found, together: readonly Found[]): boolean {
    const rule = ruleFor(first, settings.rules)
    if (rule === undefined || rule.findings === 0) return false
    const matching = together.filter(one => ruleFor(one, settings.rules) === rule)
    // A worse one beside it is enough for both.
    const isBacked = together.some(
      one => one !== first && isAtLeast(one.severity, 'error') && ruleFor(one, settings.rules)?.findings === 1,
    )
    return matching.length >= rule.findings || isBacked
  }

  function settle(incident: Incident, now: number, touch: Touch): void {
    if (incident.state === 'resolved' || incident.members.some(one => lasts(one, now))) return
    const ended = Math.max(...incident.members.map(one => one.until ?? one.since))
    if (now - ended < settings.resolveAfterMs) return
    const timeline = noted(incident.timeline, { at: now, text: 'resolved: nothing of it goes on' })
    touch({ ...incident, state: 'resolved', resolvedAt: now, timeline }, 'resolved')
  }

  /** A problem has no end of its own; its rate has, and that is a finding beside it. */
  function lasts(one: Found, now: number): boolean {
    if (one.kind === 'problem') return now - one.since < settings.resolveAfterMs
    return one.until === undefined
  }

  function forget(now: number): void {
    for (const one of [...waiting.values()]) {
      if (one.since < now - settings.joinMs && one.kind === 'problem') waiting.delete(one.id)
    }
    for (const { id, state, resolvedAt } of [...incidents.values()]) {
      if (state === 'resolved' && now - resolvedAt! > settings.reopenMs * 2) incidents.delete(id)
    }
  }
}

function joined(incident: Incident, found: readonly Found[], now: number, map: ServiceMap): Incident {
  const members = new Map(incident.members.map(one => [one.id, one]))
  const entries = found.flatMap(one => {
    const before = members.get(one.id)
    members.set(one.id, one)
    if (before === undefined) return [{ at: now, text: one.sentence }]
    const isOver = one.until !== undefined && before.until === undefined
    return isOver ? [{ at: one.until, text: `over: ${one.sentence}` }] : []
  })
  const all = [...members.values()]
  return {
    ...incident,
    ...concluded(all, map, incident),
    members: all,
    activeAt: now,
    timeline: noted(incident.timeline, ...entries),
  }
}

/** Rare errors are first seen at any time, and some line is always written more often: part of a trouble only where it came up in the same service, with it. */
function comesWith(soft: Found, other: Found): boolean {
  return soft.service === other.service && Math.abs(soft.since - other.since) <= COMES_WITH_MS
}

/** Whether trouble of a service can be why another one, or itself, is asked less. */
function keepsFrom(service: string, asked: string, map: ServiceMap): boolean {
  return service === asked || dependenciesOf(service, map).has(asked)
}

const GAP_MS = 2 * 60_000

/** When a finding was over: never yet, for what goes on; at once, for what was seen and has no end of its own. */
function overAt({ kind, since, until }: Found): number {
  return until ?? (kind === 'problem' ? since : Number.POSITIVE_INFINITY)
}

/** Whether anybody who knows the incident learns something: that numbers have grown is no news. */
function isNews(before: Incident, after: Incident): boolean {
  return (
    before.severity !== after.severity ||
    before.title !== after.title ||
    before.timeline.length !== after.timeline.length ||
    before.origin.service !== after.origin.service
  )
}

function reopened(incident: Incident, found: readonly Found[], now: number, map: ServiceMap): Incident {
  const again = joined({ ...incident, state: 'open', resolvedAt: undefined }, found, now, map)
  return { ...again, timeline: noted(again.timeline, { at: now, text: 'reopened' }) }
}
