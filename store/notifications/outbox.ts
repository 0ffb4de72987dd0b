import type pg from 'pg'
import type { Delivery, Thread } from '../../pipeline/destination.ts'
import type { Notification } from '../../pipeline/model/index.ts'

/** A message that waits or is under way, with what is known of its thread. */
export interface Outgoing {
  readonly id: string
  readonly groupKey: string
  readonly notification: Notification
  readonly thread: Thread | undefined
  readonly attempts: number
  readonly createdAt: Date
}

const COLUMNS = `n.notification_id AS id, n.group_key AS "groupKey", n.content AS notification, n.attempts,
  n.created_at AS "createdAt", g.thread`
const FROM = `FROM notifications n JOIN notification_groups g USING (destination, group_key)`

type Row = Omit<Outgoing, 'thread'> & { readonly thread: Thread | null }

/** Messages whose time has come, the oldest first; none while the destination is paused. */
export async function readDue(
  client: pg.ClientBase,
  destination: string,
  limit: number,
  now: Date,
): Promise<Outgoing[]> {
  const { rows } = await client.query<Row>(
    `SELECT ${COLUMNS} ${FROM}
     WHERE n.destination = $1 AND n.state = 'waiting' AND n.next_attempt_at <= $2 AND NOT EXISTS (
       SELECT FROM notification_destinations d WHERE d.destination = $1 AND d.paused_until > $2)
     ORDER BY n.created_at, n.notification_id LIMIT $3`,
    [destination, now, limit],
  )
  return rows.map(outgoing)
}

/** Messages that a process began to send and did not come back from. */
export async function readOrphans(client: pg.ClientBase, destination: string): Promise<Outgoing[]> {
  const { rows } = await client.query<Row>(
    `SELECT ${COLUMNS} ${FROM} WHERE n.destination = $1 AND n.state = 'sending' ORDER BY n.created_at`,
    [destination],
  )
  return rows.map(outgoing)
}

function outgoing({ thread, ...row }: Row): Outgoing {
  return { ...row, thread: thread ?? undefined }
}

/** To be committed before the first byte leaves: what is found in this state later may have arrived. */
export async function markSending(client: pg.ClientBase, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE notifications SET state = 'sending', sending_since = $2, attempts = attempts + 1
     WHERE notification_id = $1 AND state = 'waiting'`,
    [id, now],
  )
  return rowCount === 1
}

/** One statement each: a message and what follows from it are marked together. */
export async function markSent(
  client: pg.ClientBase,
  destination: string,
  { id, groupKey }: Outgoing,
  { answer, thread, pauseMs }: Delivery,
  now: Date,
): Promise<void> {
  await client.query(
    `WITH sent AS (UPDATE notifications SET state = 'sent', done_at = $3, answer = $4
       WHERE notification_id = $1 AND state IN ('sending', 'unknown')),
     known AS (UPDATE notification_groups SET thread = coalesce($6, thread), in_doubt_since = NULL
       WHERE destination = $2 AND group_key = $5)
     INSERT INTO notification_destinations AS d (destination, last_sent_at, paused_until) VALUES ($2, $3, $7)
     ON CONFLICT (destination) DO UPDATE SET last_sent_at = excluded.last_sent_at,
       paused_until = greatest(d.paused_until, excluded.paused_until)`,
    [id, destination, now, answer, groupKey, thread ?? null, pauseMs === undefined ? null : later(now, pauseMs)],
  )
}

/** Back into the queue: nothing was delivered, or the destination knows what it has had. */
export async function markWaiting(
  client: pg.ClientBase,
  destination: string,
  id: string,
  waits: { readonly untilMs: number; readonly isPaused: boolean; readonly reason: string },
  now: Date,
): Promise<void> {
  const until = new Date(waits.untilMs)
  await client.query(
    `WITH waiting AS (UPDATE notifications SET state = 'waiting', next_attempt_at = $4, answer = $5
       WHERE notification_id = $1 AND state = 'sending')
     INSERT INTO notification_destinations AS d (destination, last_fault, last_fault_at, paused_until)
     VALUES ($2, $5, $3, CASE WHEN $6 THEN $4::timestamptz END)
     ON CONFLICT (destination) DO UPDATE SET last_fault = excluded.last_fault, last_fault_at = excluded.last_fault_at,
       paused_until = greatest(d.paused_until, excluded.paused_until)`,
    [id, destination, now, until, waits.reason, waits.isPaused],
  )
}

/** The end of a message that is not known to have arrived: its thread mentions it in the next one. */
export async function markOver(
  client: pg.ClientBase,
  destination: string,
  { id, groupKey }: Pick<Outgoing, 'id' | 'groupKey'>,
  state: 'unknown' | 'refused',
  reason: string,
  now: Date,
): Promise<void> {
  await client.query(
    `WITH over AS (UPDATE notifications SET state = $6, done_at = $3, answer = $4
       WHERE notification_id = $1 AND state = 'sending'),
     doubted AS (UPDATE notification_groups SET in_doubt_since = coalesce(in_doubt_since, $3)
       WHERE destination = $2 AND group_key = $5 AND $6 = 'unknown')
     INSERT INTO notification_destinations AS d (destination, last_fault, last_fault_at) VALUES ($2, $4, $3)
     ON CONFLICT (destination) DO UPDATE SET last_fault = excluded.last_fault, last_fault_at = excluded.last_fault_at`,
    [id, destination, now, reason, groupKey, state],
  )
}

/** What was told is kept for a season, so that it can be asked who knew what when. */
const KEPT = '90 days'

export async function pruneNotifications(client: pg.ClientBase, destination: string, now: Date): Promise<void> {
  await client.query(
    `DELETE FROM notifications WHERE destination = $1 AND state IN ('sent', 'unknown', 'refused')
       AND created_at < $2::timestamptz - interval '${KEPT}'`,
    [destination, now],
  )
  // What is over and was said; a group that nothing has happened in for as long begins anew.
  await client.query(
    `DELETE FROM notification_findings WHERE destination = $1 AND state IN ('ended', 'event')
       AND told_state IN ('ended', 'dropped') AND at < $2::timestamptz - interval '${KEPT}'`,
    [destination, now],
  )
  await client.query(
    `DELETE FROM notification_groups g WHERE destination = $1 AND flush_at IS NULL
       AND coalesce(notified_at, '-infinity') < $2::timestamptz - interval '${KEPT}'
       AND NOT EXISTS (SELECT FROM notification_findings f WHERE f.destination = g.destination AND f.group_key = g.group_key)
       AND NOT EXISTS (SELECT FROM notifications n WHERE n.destination = g.destination AND n.group_key = g.group_key)`,
    [destination, now],
  )
  await client.query(`DELETE FROM inhibit_sources WHERE at < $1::timestamptz - interval '${KEPT}'`, [now])
  await client.query(`DELETE FROM silences WHERE ends_at < $1::timestamptz - interval '${KEPT}'`, [now])
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms)
}
