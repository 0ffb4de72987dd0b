import { z } from 'zod'
import type { Role, UserSummary } from '../../store/people/index.ts'
import { endpoint } from '../server/endpoint.ts'

export interface PeopleAnswer {
  readonly people: readonly PersonRow[]
  readonly sessions: readonly SessionRow[]
  /** What they did, the newest first. */
  readonly actions: readonly ActionRow[]
}

export type PersonRow = Pick<UserSummary, 'name' | 'role'> & {
  readonly services?: readonly string[]
  readonly issuer?: string
  readonly created_at: string
  readonly disabled_at?: string
  /** When a session of theirs last began. */
  readonly came_at?: string
}

export interface SessionRow {
  readonly session_id: number
  readonly name: string
  readonly created_at: string
  readonly expires_at: string
}

export interface ActionRow {
  readonly at: string
  readonly person: string
  readonly role: Role
  readonly action: string
  readonly about: string
  readonly detail: string
}

/** Who may sign in, who has, and what they changed. */
export const people = endpoint({
  name: 'people',
  role: 'admin',
  query: z.strictObject({}),
  async answer({ read }): Promise<PeopleAnswer> {
    const users = await read(
      `SELECT name, role, services, issuer, created_at, disabled_at, (SELECT max(s.created_at) FROM console_sessions s WHERE s.name = u.name) AS came_at
       FROM console_users u ORDER BY disabled_at IS NOT NULL, name LIMIT 500`,
      [],
    )
    const sessions = await read(
      `SELECT session_id::int, name, created_at, expires_at FROM console_sessions WHERE ended_at IS NULL AND expires_at > now() ORDER BY created_at DESC LIMIT 200`,
      [],
    )
    const actions = await read(
      `SELECT at, person, role, action, about, left(detail::text, 600) AS detail FROM console_actions ORDER BY at DESC LIMIT 100`,
      [],
    )
    return {
      people: users as unknown as PeopleAnswer['people'], // their columns
      sessions: sessions as unknown as PeopleAnswer['sessions'],
      actions: actions as unknown as PeopleAnswer['actions'],
    }
  },
})
