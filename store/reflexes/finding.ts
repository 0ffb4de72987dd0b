import type pg from 'pg'
import type { Severity } from '../../analysis/detect/tell.ts'

/** A finding as it waits to be told; receivers make it a log record. Times are ISO 8601, UTC. */
export interface FindingData {
  readonly event: string
  readonly id: string
  readonly kind: 'anomaly' | 'problem' | 'slo' | 'node' | 'incident' | 'report'
  readonly severity: Severity
  readonly service: string
  readonly environment: string
  /** When it was found. */
  readonly at: string
  readonly title: string
  readonly body: string
  readonly since: string
  readonly until?: string | undefined
  readonly expected?: string | undefined
  readonly seen?: string | undefined
  readonly shared?: string | undefined
  readonly changedBefore?: string | undefined
  readonly entitiesHit?: number | undefined
  readonly operation?: string | undefined
  readonly release?: string | undefined
  readonly fingerprint?: string | undefined
  readonly incidentId?: string | undefined
  readonly owner?: string | undefined
  readonly link?: string | undefined
  readonly evidence?: readonly string[] | undefined
  readonly revision: number
  /** Further attributes under their full names. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/** Of one finding, each revision is one batch: what is handed on twice is stored once. */
export async function noteFinding(client: pg.ClientBase, receiver: string, finding: FindingData): Promise<void> {
  await client.query('INSERT INTO reflex_outbox (receiver, batch_id, finding) VALUES ($1, $2, $3)', [
    receiver,
    `${finding.id}/${finding.event}/${finding.revision}`,
    JSON.stringify(finding),
  ])
}

export interface WaitingFinding {
  readonly outboxId: string
  readonly batchId: string
  readonly finding: FindingData
}

/** Findings to be handed on in one round. */
const READ_MAX = 500

export async function readWaiting(client: pg.ClientBase, receiver: string): Promise<readonly WaitingFinding[]> {
  const { rows } = await client.query<WaitingFinding>(
    `SELECT id AS "outboxId", batch_id AS "batchId", finding FROM reflex_outbox WHERE receiver = $1 ORDER BY id LIMIT ${READ_MAX}`,
    [receiver],
  )
  return rows
}

/** To be called once they are stored downstream. */
export async function forgetWaiting(client: pg.ClientBase, outboxIds: readonly string[]): Promise<void> {
  await client.query('DELETE FROM reflex_outbox WHERE id = ANY ($1::bigint[])', [outboxIds])
}
