import type pg from 'pg'
import { inTransaction, sqlState } from '../connect.ts'
import { beginSession, type NewSession, type User } from './index.ts'

/** Who somebody is at an OpenID provider. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

const UNIQUE_VIOLATION = '23505'

/**
 * Signs in somebody for whom the provider vouches: made when they first come, and given the role and the scope that they
 * have there now, in every session that they have; the name stays. `no_access`: an admin has shut them out; `name_taken`:
 * another goes by this name here.
 */
export async function signInFrom(
  client: pg.ClientBase,
  { issuer, subject }: Identity,
  { name, role, services }: User,
  lengthMs: number,
): Promise<NewSession | 'no_access' | 'name_taken'> {
  try {
    return await inTransaction(client, async () => {
      const { rows } = await client.query<{ name: string; is_out: boolean }>(
        `INSERT INTO console_users (name, role, services, issuer, subject) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (issuer, subject) DO UPDATE SET role = excluded.role, services = excluded.services
         RETURNING name, disabled_at IS NOT NULL AS is_out`,
        [name, role, services ?? null, issuer, subject],
      )
      const [found] = rows
      if (found!.is_out) return 'no_access'
      return beginSession(client, found!.name, lengthMs)
    })
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return 'name_taken'
    throw error
  }
}
