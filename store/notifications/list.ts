import type pg from 'pg'

export interface OpenFinding {
  readonly destination: string
  readonly finding_id: string
  readonly severity: string
  readonly service: string | null
  readonly title: string
  readonly since: Date
  readonly told_at: Date | null
  readonly held_back_by: string | null
}

/** When a message that tells of a finding last arrived: one that waits, or was refused, has told nobody. */
export const SENT_AT = `(SELECT max(n.done_at) FROM notification_tellings t JOIN notifications n USING (notification_id)
  WHERE t.destination = f.destination AND t.finding_id = f.finding_id AND n.state = 'sent')`

/** Findings that fire, as each destination knows them, the worst first. */
export async function listOpenFindings(client: pg.ClientBase): Promise<OpenFinding[]> {
  const { rows } = await client.query<OpenFinding>(
    `SELECT destination, finding_id, finding->>'severity' AS severity, finding->'labels'->>'service' AS service,
       finding->>'title' AS title, started_at AS since, ${SENT_AT} AS told_at, held_back_by
     FROM notification_findings f WHERE state = 'firing' ORDER BY f.severity DESC, started_at, destination LIMIT 1000`,
  )
  return rows
}

export interface NotificationSummary {
  readonly notification_id: string
  readonly created_at: Date
  readonly destination: string
  readonly change: string
  readonly findings: number
  readonly first: string
  readonly state: string
  readonly attempts: number
  readonly answer: string | null
}

/** Messages, the newest first. */
export async function listNotifications(client: pg.ClientBase, limit: number): Promise<NotificationSummary[]> {
  const { rows } = await client.query<NotificationSummary>(
    `SELECT notification_id, created_at, destination, change,
       (SELECT count(*)::int FROM notification_tellings t WHERE t.notification_id = n.notification_id) AS findings,
       content->'findings'->0->'finding'->>'title' AS first, state, attempts, answer
     FROM notifications n ORDER BY created_at DESC, notification_id LIMIT $1`,
    [limit],
  )
  return rows
}

export interface Telling {
  readonly id: string
  readonly state: 'waiting' | 'sending' | 'sent' | 'unknown' | 'refused'
  readonly answer: string | null
}

/** The message by which a destination is told of a finding; undefined where none is written yet. */
export async function readTelling(
  client: pg.ClientBase,
  destination: string,
  findingId: string,
): Promise<Telling | undefined> {
  const { rows } = await client.query<Telling>(
    `SELECT n.notification_id AS id, n.state, n.answer FROM notification_tellings t JOIN notifications n USING (notification_id)
     WHERE t.destination = $1 AND t.finding_id = $2`,
    [destination, findingId],
  )
  return rows[0]
}

/** A message that nobody waits for any more. */
export async function withdraw(client: pg.ClientBase, notificationId: string): Promise<void> {
  await client.query(
    `UPDATE notifications SET state = 'refused', done_at = now() WHERE notification_id = $1 AND state = 'waiting'`,
    [notificationId],
  )
}
