import type { Finding } from './finding.ts'

/** What is worth a word about a finding. `again`: told once more, since it lasts. */
export type FindingChange = 'new' | 'escalated' | 'acknowledged' | 'update' | 'again' | 'resolved'

/** One message to one destination: a group of findings, those that changed first. Made of JSON, since it waits in the store. */
export interface Notification {
  /** The same however often it is sent: destinations that can, know it by this. */
  readonly id: string
  /** Of all messages from when a group begins to fire until it is over. */
  readonly thread: string
  /** Of the message within its thread, from 1. */
  readonly number: number
  /** What the message is for: the gravest change in it. */
  readonly change: FindingChange
  /** ISO 8601, UTC. */
  readonly at: string
  /** What the findings of the group have in common, by `group_by`. */
  readonly labels: Readonly<Record<string, string>>
  /** Some of them, see `more`. `change` is absent where nothing changed since the message before. */
  readonly findings: readonly { readonly finding: Finding; readonly change?: FindingChange | undefined }[]
  /** Findings of the group that the message only counts. */
  readonly more: number
  readonly counts: NotificationCounts
  /** Of all findings, named or not, the most affected first; see `moreServices`. */
  readonly services: readonly string[]
  readonly moreServices: number
  /** When a message of this thread was sent whose answer was lost: it may have arrived, or not. */
  readonly inDoubt?: string | undefined
}

export interface NotificationCounts {
  readonly firing: number
  readonly acknowledged: number
  /** Ended since the message before. */
  readonly resolved: number
  /** Happened once, such as new problems. */
  readonly events: number
  /** Not told: silenced, in maintenance, muted or inhibited. */
  readonly heldBack: number
}
