import type { IncidentAnswer, IncidentMember } from '../../../api/incident.ts'

/** One thing that was found, however often: the same measure of the same operation or call, or the same problem. */
export interface Series {
  /** The most recent first. */
  readonly members: readonly IncidentMember[]
  readonly severity: string
  readonly from: string
  /** undefined: it goes on. */
  readonly to: string | undefined
}

export interface ServiceGroup {
  readonly service: string
  readonly roles: readonly string[]
  readonly severity: string
  readonly findings: number
  readonly series: readonly Series[]
}

const ROLES = ['origin', 'explained']
const SEVERITIES = ['critical', 'error', 'warning', 'info']

const placeIn = (order: readonly string[], name: string) => {
  const place = order.indexOf(name)
  return place < 0 ? order.length : place
}

const worst = (severities: readonly string[]) =>
  severities.toSorted((a, b) => placeIn(SEVERITIES, a) - placeIn(SEVERITIES, b))[0] ?? 'info'

/** The origin first, then what it explains; within a service the most severe first, then the most recent. */
export function groupsOf(members: readonly IncidentMember[]): ServiceGroup[] {
  const groups = [...Map.groupBy(members, ({ service }) => service)].map(([service, own]): ServiceGroup => {
    const series = [...Map.groupBy(own, ({ subject }) => subject).values()].map(seriesOf)
    return {
      service,
      roles: [...new Set(own.map(({ role }) => role))].toSorted((a, b) => placeIn(ROLES, a) - placeIn(ROLES, b)),
      severity: worst(own.map(({ severity }) => severity)),
      findings: own.length,
      series: series.toSorted(
        (a, b) =>
          placeIn(SEVERITIES, a.severity) - placeIn(SEVERITIES, b.severity) ||
          b.members[0]!.began_at.localeCompare(a.members[0]!.began_at),
      ),
    }
  })
  return groups.toSorted(
    (a, b) =>
      placeIn(ROLES, a.roles[0]!) - placeIn(ROLES, b.roles[0]!) ||
      placeIn(SEVERITIES, a.severity) - placeIn(SEVERITIES, b.severity) ||
      b.findings - a.findings,
  )
}

function seriesOf(members: readonly IncidentMember[]): Series {
  const recent = members.toSorted((a, b) => b.began_at.localeCompare(a.began_at))
  const ends = members.flatMap(({ ended_at }) => (ended_at === undefined ? [] : [ended_at]))
  return {
    members: recent,
    severity: worst(members.map(({ severity }) => severity)),
    from: recent.at(-1)!.began_at,
    to: ends.length < members.length ? undefined : ends.toSorted().at(-1),
  }
}

type Entry = IncidentAnswer['timeline'][number]

/** Findings come many at once: those that came in one minute are folded, what people and Sensorium did is not. */
export function foldedTimeline(entries: readonly Entry[], services: readonly string[]): (readonly Entry[])[] {
  const isFinding = ({ text }: Entry) => {
    const words = text.startsWith('over: ') ? text.slice('over: '.length) : text
    return services.some(service => words.startsWith(service) && ' ,:'.includes(words[service.length] ?? '?'))
  }
  const folded: Entry[][] = []
  for (const entry of entries) {
    const last = folded.at(-1)
    const isSame = last !== undefined && last[0]!.at.slice(0, 16) === entry.at.slice(0, 16)
    if (isSame && isFinding(entry) && isFinding(last[0]!)) last.push(entry)
    else folded.push([entry])
  }
  return folded
}
