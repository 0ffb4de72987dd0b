import type { Change } from '../../analysis/notify/decide.ts'
import {
  FINDING_SEVERITIES,
  type Finding,
  type Notification,
  type NotificationCounts,
} from '../../pipeline/model/index.ts'

/** Findings that a message names; the others it counts. Slack's blocks are fewer, PagerDuty's details not longer. */
const NAMED_MAX = 12
const SERVICES_MAX = 40

/** Gravest first: the change of a message is the first of those in it. */
const CHANGES: readonly Change[] = ['new', 'escalated', 'resolved', 'acknowledged', 'again', 'update']

export interface Part {
  readonly finding: Finding
  readonly change?: Change | undefined
}

export interface Composition {
  readonly id: string
  readonly thread: string
  readonly number: number
  readonly at: Date
  readonly labels: Readonly<Record<string, string>>
  /** All that the message is about, and those of the group that still fire. */
  readonly parts: readonly Part[]
  readonly counts: NotificationCounts
  readonly inDoubt?: Date | undefined
}

/** One message of bounded size, whatever the size of the group. */
export function composeNotification({ parts, at, inDoubt, ...rest }: Composition): Notification {
  const sorted = parts.toSorted((a, b) => gravityOf(a) - gravityOf(b) || byWorst(a.finding, b.finding))
  const services = servicesOf(sorted)
  return {
    ...rest,
    change: sorted[0]?.change ?? 'update',
    at: at.toISOString(),
    findings: sorted.slice(0, NAMED_MAX),
    more: Math.max(0, sorted.length - NAMED_MAX),
    services: services.slice(0, SERVICES_MAX),
    moreServices: Math.max(0, services.length - SERVICES_MAX),
    inDoubt: inDoubt?.toISOString(),
  }
}

function gravityOf({ change }: Part): number {
  return change === undefined ? CHANGES.length : CHANGES.indexOf(change)
}

function byWorst(a: Finding, b: Finding): number {
  const rank = ({ severity }: Finding) => FINDING_SEVERITIES.indexOf(severity)
  return rank(b) - rank(a) || Date.parse(a.since) - Date.parse(b.since) || (a.id < b.id ? -1 : 1)
}

/** In the order of the findings. */
function servicesOf(parts: readonly Part[]): string[] {
  return [...new Set(parts.map(({ finding }) => finding.labels.service ?? '').filter(service => service !== ''))]
}
