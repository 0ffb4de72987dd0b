import type pg from 'pg'

export interface BridgeMessage {
  readonly id: string
  readonly from: string
  readonly class: string
  readonly message: string
  readonly created_at: Date
}

/** The answer to a heartbeat is no mailbox: the rest goes with the next. */
const MESSAGES_MAX = 20

/** Messages that wait for a node, the oldest first; they count as delivered. */
export async function takeBridgeMessages(client: pg.ClientBase, recipient: string): Promise<BridgeMessage[]> {
  const { rows } = await client.query<BridgeMessage>(
    `UPDATE bridge_comms SET delivered_at = now() WHERE id IN (
       SELECT id FROM bridge_comms WHERE recipient = $1 AND delivered_at IS NULL ORDER BY id LIMIT ${MESSAGES_MAX} FOR UPDATE SKIP LOCKED)
     RETURNING id::text, sender AS "from", class, message, created_at`,
    [recipient],
  )
  return rows.sort((a, b) => Number(a.id) - Number(b.id))
}
