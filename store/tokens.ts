import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'

/** Who may ask over HTTP, and what they may see. */
export interface AccessToken {
  readonly tokenId: string
  readonly name: string
  /** Services and products; undefined is all. */
  readonly services: readonly string[] | undefined
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The tokens that are not revoked, by their hash. */
export async function readTokens(client: pg.ClientBase): Promise<ReadonlyMap<string, AccessToken>> {
  const { rows } = await client.query<{ hash: string; id: string; name: string; services: string[] | null }>(
    'SELECT token_hash AS hash, token_id AS id, name, services FROM access_tokens WHERE revoked_at IS NULL',
  )
  return new Map(
    rows.map(({ hash, id, name, services }) => [hash, { tokenId: id, name, services: services ?? undefined }]),
  )
}

/** Makes a token and returns it, the only time that it is seen. */
export async function addToken(
  client: pg.ClientBase,
  name: string,
  services: readonly string[] | undefined,
): Promise<{ readonly tokenId: string; readonly token: string }> {
  const token = `sna_${randomBytes(32).toString('base64url')}`
  const tokenId = randomBytes(4).toString('hex')
  await client.query('INSERT INTO access_tokens (token_id, name, token_hash, services) VALUES ($1, $2, $3, $4)', [
    tokenId,
    name,
    hashOfToken(token),
    services ?? null,
  ])
  return { tokenId, token }
}

export interface TokenSummary {
  readonly token_id: string
  readonly name: string
  readonly services: readonly string[] | null
  readonly created_at: Date
  readonly revoked_at: Date | null
}

export async function listTokens(client: pg.ClientBase): Promise<TokenSummary[]> {
  const { rows } = await client.query<TokenSummary>(
    'SELECT token_id, name, services, created_at, revoked_at FROM access_tokens ORDER BY revoked_at IS NOT NULL, created_at',
  )
  return rows
}

/** @throws SensoriumError USAGE where there is no such token */
export async function revokeToken(client: pg.ClientBase, tokenId: string): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE token_id = $1',
    [tokenId],
  )
  if (rowCount === 0)
    throw new SensoriumError('USAGE', `there is no token ${tokenId}; sensorium tokens list shows them`)
}
