import { spawnSync } from 'node:child_process'
import pg from 'pg'
import type { Database } from '../pipeline/component.ts'
import { sqlState, withClient } from './connect.ts'

/** What only a superuser may set for a login: a sort or a recursion that outgrows its memory fills no disk. */
export const READER_TEMP_FILE_LIMIT = '128MB'
/** Of the server's 50: those who write have the rest. */
export const READER_CONNECTIONS = 20

/** What a session calls itself that runs what an agent wrote: on the embedded server it stands behind the others. */
export const OPEN_ENDED_SESSION = 'sensorium query_sql'

/** insufficient_privilege; internal_error: another database of the same server is doing it at the same moment. */
const NOT_NOW = ['42501', 'XX000']

/**
 * On a server that is not ours: what the reader's login may use of it, as far as the owner may set it. What it may not
 * is told by `unboundedReader`, not here: everything works without.
 */
export async function boundReader(owner: pg.ClientBase, login: string): Promise<void> {
  const { rows } = await owner.query<{ connections: number; has_limit: boolean }>(
    `SELECT rolconnlimit AS connections, array_to_string(rolconfig, ' ') ~ 'temp_file_limit=' AS has_limit FROM pg_roles WHERE rolname = $1`,
    [login],
  )
  const name = pg.escapeIdentifier(login)
  const missing = [
    ...(rows[0]?.connections === -1 ? [`ALTER ROLE ${name} CONNECTION LIMIT ${READER_CONNECTIONS}`] : []),
    ...(rows[0]?.has_limit === true ? [] : [`ALTER ROLE ${name} SET temp_file_limit = '${READER_TEMP_FILE_LIMIT}'`]),
  ]
  for (const statement of missing) {
    await owner.query(statement).catch((error: unknown) => {
      if (!NOT_NOW.includes(sqlState(error) ?? '')) throw error
    })
  }
}

interface Limits {
  readonly login: string
  readonly temp_file_limit: string
  readonly connection_limit: number
  readonly may_hold_up_others: boolean
}

/** What a reading statement is not kept from, a sentence each with what to run. Empty where all limits are in place. */
export async function unboundedReader(database: Database, isEmbedded: boolean): Promise<string[]> {
  const { rows } = await withClient(database, 'reader', reader => reader.query<Limits>(LIMITS))
  const [limits] = rows
  if (limits === undefined) return []
  const { login } = limits
  const name = pg.escapeIdentifier(login)
  const notes: string[] = []
  if (isEmbedded) {
    if (process.platform !== 'linux' || spawnSync('prlimit', ['--version']).error !== undefined) {
      notes.push('the memory of reading statements is not bounded here: that takes Linux and prlimit (util-linux)')
    }
    return notes
  }
  if (limits.temp_file_limit === '-1') {
    notes.push(
      `a statement of ${login} may fill the disk with temporary files: let a superuser run ALTER ROLE ${name} SET temp_file_limit = '${READER_TEMP_FILE_LIMIT}'`,
    )
  }
  if (limits.connection_limit < 0) {
    notes.push(
      `${login} may take every connection of the server: run ALTER ROLE ${name} CONNECTION LIMIT ${READER_CONNECTIONS}`,
    )
  }
  if (limits.may_hold_up_others) {
    notes.push(`${login} may take advisory locks and end sessions of its own: run sql/harden-reader.sql as a superuser`)
  }
  notes.push(
    'on a server that Sensorium does not run, a statement in a function that heeds no signal runs on after its deadline; nobody waits for it, and query_sql begins none beside three of them (docs/security.md)',
  )
  return notes
}

const LIMITS = `
  SELECT session_user AS login, current_setting('temp_file_limit') AS temp_file_limit, rolconnlimit AS connection_limit,
    has_function_privilege('pg_advisory_lock(bigint)', 'EXECUTE') AS may_hold_up_others
  FROM pg_roles WHERE rolname = session_user`
