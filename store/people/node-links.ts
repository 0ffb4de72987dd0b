import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hashOfSession } from './index.ts'

/** Whoever has lost theirs gets another; nobody keeps one for ever. */
const LINK_DAYS = 365

/** A link that shows this node alone; what it holds is seen here once. @throws SensoriumError USAGE */
export async function makeNodeLink(
  client: pg.ClientBase,
  nodeId: string,
  by: string,
): Promise<{ readonly id: number; readonly token: string }> {
  const token = randomBytes(32).toString('base64url')
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO console_links (token_hash, node_id, created_by, expires_at)
     SELECT $1, node_id, $3, now() + ${LINK_DAYS} * interval '1 day' FROM node_registry WHERE node_id = $2 RETURNING link_id::int AS id`,
    [hashOfSession(token), nodeId, by],
  )
  if (rows[0] === undefined) throw new SensoriumError('USAGE', `there is no node ${nodeId}`)
  return { id: rows[0].id, token }
}

/** Resolves to the node that it showed. @throws SensoriumError USAGE where there is no such link */
export async function revokeNodeLink(client: pg.ClientBase, id: number, by: string): Promise<string> {
  const { rows } = await client.query<{ node_id: string }>(
    `UPDATE console_links SET revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2) WHERE link_id = $1 RETURNING node_id`,
    [id, by],
  )
  if (rows[0] === undefined) throw new SensoriumError('USAGE', `there is no link ${id}`)
  return rows[0].node_id
}

/** The node that a link shows; undefined where it is none, revoked, or too old. */
export async function readNodeLink(client: pg.ClientBase, token: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string; node_id: string; is_new: boolean }>(
    `SELECT link_id AS id, node_id, opened_at IS NULL OR opened_at < now() - interval '1 minute' AS is_new FROM console_links
     WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > now()`,
    [hashOfSession(token)],
  )
  const [link] = rows
  if (link?.is_new) await client.query('UPDATE console_links SET opened_at = now() WHERE link_id = $1', [link.id])
  return link?.node_id
}
