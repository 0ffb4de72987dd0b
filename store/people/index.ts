import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hashPassword, isPassword } from './passwords.ts'

/** `viewer` looks; `responder` also takes, resolves, silences, merges and says what was right; `admin` also sees who did, and who may. */
export const ROLES = ['viewer', 'responder', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface User {
  readonly name: string
  readonly role: Role
  /** Services and products that they may see; undefined is all. */
  readonly services: readonly string[] | undefined
}

const PASSWORD_CHARS_MIN = 12
/** Hashing takes time for each character: nobody remembers more. */
const PASSWORD_CHARS_MAX = 1_024

/** Makes a user, or gives one a new password, role and scope, whose sessions then end. @throws SensoriumError USAGE */
export async function putUser(client: pg.ClientBase, user: User, password: string): Promise<void> {
  if (password.length < PASSWORD_CHARS_MIN || password.length > PASSWORD_CHARS_MAX) {
    throw new SensoriumError('USAGE', `a password has ${PASSWORD_CHARS_MIN} characters or more`)
  }
  await client.query(
    `INSERT INTO console_users (name, password_hash, role, services) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role, services = excluded.services,
       issuer = NULL, subject = NULL, disabled_at = NULL`,
    [user.name, await hashPassword(password), user.role, user.services ?? null],
  )
  await endSessions(client, user.name)
}

export interface UserSummary {
  readonly name: string
  readonly role: Role
  readonly services: readonly string[] | null
  /** Where they sign in; null: here, with a password. */
  readonly issuer: string | null
  readonly created_at: Date
  readonly disabled_at: Date | null
}

export async function listUsers(client: pg.ClientBase): Promise<UserSummary[]> {
  const { rows } = await client.query<UserSummary>(
    'SELECT name, role, services, issuer, created_at, disabled_at FROM console_users ORDER BY disabled_at IS NOT NULL, name',
  )
  return rows
}

/** They cannot sign in any more, and are signed out; what they did stays theirs. @throws SensoriumError USAGE */
export async function disableUser(client: pg.ClientBase, name: string): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE console_users SET disabled_at = coalesce(disabled_at, now()) WHERE name = $1',
    [name],
  )
  if (rowCount === 0)
    throw new SensoriumError('USAGE', `there is no user ${name}; sensorium console users list shows them`)
  await endSessions(client, name)
}

/** They may sign in again. @throws SensoriumError USAGE */
export async function enableUser(client: pg.ClientBase, name: string): Promise<void> {
  const { rowCount } = await client.query('UPDATE console_users SET disabled_at = NULL WHERE name = $1', [name])
  if (rowCount === 0) throw new SensoriumError('USAGE', `there is no user ${name}`)
}

/** All sessions of somebody, or one of them. */
export async function endSessions(client: pg.ClientBase, name: string, session?: number): Promise<void> {
  await client.query(
    'UPDATE console_sessions SET ended_at = now() WHERE name = $1 AND ended_at IS NULL AND session_id = coalesce($2, session_id)',
    [name, session ?? null],
  )
}

export interface NewSession {
  /** What the browser keeps; the store has its hash. */
  readonly token: string
  readonly expiresAt: Date
}

/** Undefined where name and password do not belong together: nobody is told which of them is wrong. */
export async function signIn(
  client: pg.ClientBase,
  name: string,
  password: string,
  lengthMs: number,
): Promise<NewSession | undefined> {
  const { rows } = await client.query<{ hash: string }>(
    'SELECT password_hash AS hash FROM console_users WHERE name = $1 AND disabled_at IS NULL',
    [name],
  )
  if (!(await isPassword(password.slice(0, PASSWORD_CHARS_MAX), rows[0]?.hash))) return undefined
  return beginSession(client, name, lengthMs)
}

export async function beginSession(client: pg.ClientBase, name: string, lengthMs: number): Promise<NewSession> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + lengthMs)
  await client.query('INSERT INTO console_sessions (token_hash, name, expires_at) VALUES ($1, $2, $3)', [
    hashOfSession(token),
    name,
    expiresAt,
  ])
  return { token, expiresAt }
}

/** Whose session it is; undefined where it is none, or over. */
export async function readSession(
  client: pg.ClientBase,
  token: string,
): Promise<(User & { readonly expiresAt: Date }) | undefined> {
  const { rows } = await client.query<{ name: string; role: Role; services: string[] | null; expires_at: Date }>(
    `SELECT u.name, u.role, u.services, s.expires_at FROM console_sessions s JOIN console_users u USING (name)
     WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL`,
    [hashOfSession(token)],
  )
  const [row] = rows
  return row && { name: row.name, role: row.role, services: row.services ?? undefined, expiresAt: row.expires_at }
}

export async function endSession(client: pg.ClientBase, token: string): Promise<void> {
  await client.query('UPDATE console_sessions SET ended_at = now() WHERE token_hash = $1 AND ended_at IS NULL', [
    hashOfSession(token),
  ])
}

export function hashOfSession(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What somebody did, for the audit; in the transaction of what it did. */
export async function noteAction(
  client: pg.ClientBase,
  { name, role }: User,
  action: string,
  about: string,
  detail: object,
): Promise<void> {
  await client.query('INSERT INTO console_actions (person, role, action, about, detail) VALUES ($1, $2, $3, $4, $5)', [
    name,
    role,
    action,
    about,
    JSON.stringify(detail),
  ])
}
