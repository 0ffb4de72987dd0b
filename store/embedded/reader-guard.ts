import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { DatabaseConnection } from '../../pipeline/component.ts'
import { errorText } from '../../pipeline/errors.ts'
import { connect, inTransaction } from '../connect.ts'
import { OPEN_ENDED_SESSION, READER_CONNECTIONS, READER_TEMP_FILE_LIMIT } from '../reader-limits.ts'
import { READER_DEFAULTS, READER_ROLE, scramVerifier } from '../roles.ts'
import type { Credentials } from './data-folder.ts'
import { giveWay } from './give-way.ts'
import { createOverdue, type Session } from './overdue.ts'

/** The login that people and their tools get: what they do with it cannot lock out the agents' and the console's. */
export const GUEST_ROLE = 'sensorium_guest'
const GUEST_CONNECTIONS = 10

const POLL_MS = 500
const RECONNECT_MS = 500
/** Six seconds: a statement's own deadline, and one for the server to act on it. */
const STATEMENT_LIMIT_S = 6
/** Twice the time that the defaults allow an open transaction to be idle, for whoever changed them. */
const TRANSACTION_LIMIT_S = 120
/** Whoever computes longer stands behind whoever has just asked. */
const GIVE_WAY_S = 1
const MIB = 1024 * 1024

export interface ReaderGuardOptions {
  readonly owner: DatabaseConnection
  readonly passwords: Credentials
  /** The folder that the server's processes work in. */
  readonly cluster: string
  readonly logger: Logger
  /** As `createOverdue` takes it. */
  readonly killAfterMs?: number | undefined
}

export interface ReaderGuard {
  stop(): Promise<void>
}

/**
 * Keeps the logins that only read within their limits while the server runs, whatever they say to it:
 *
 * - Their passwords, settings and limits are set anew, and then no role can be altered: a session of ours holds the two
 *   catalogues of roles locked. Postgres lets every role change its own password and defaults, and has no right that
 *   could be taken from it for that; with the lock, such a statement waits for its own timeout and ends.
 * - A login trigger bounds the memory of each of their sessions (sql/confine-reader.sql).
 * - What takes long gives way (./give-way.ts), and what outlives its deadline is ended (./overdue.ts).
 *
 * The lock needs no snapshot and no transaction id, so it holds up nothing else, vacuum included. When the server
 * restarts, all of it begins anew.
 */
export async function startReaderGuard(options: ReaderGuardOptions): Promise<ReaderGuard> {
  const stopping = new AbortController()
  const { signal } = stopping
  let lock = await takeHold(options)
  const overdue = createOverdue(options.cluster, options.logger, options.killAfterMs)
  const watch = async (): Promise<void> => {
    let watcher: pg.Client | undefined
    while (!signal.aborted) {
      try {
        watcher ??= await connect(options.owner)
        const { rows } = await watcher.query<Session & { readonly is_overdue: boolean }>(READING_SESSIONS, [
          READER_ROLE,
          STATEMENT_LIMIT_S,
          TRANSACTION_LIMIT_S,
          GIVE_WAY_S,
        ])
        await giveWay(
          options.cluster,
          rows.map(({ pid }) => pid),
        )
        await overdue.end(
          watcher,
          rows.filter(({ is_overdue }) => is_overdue),
        )
        await lock.query('SELECT')
        await delay(POLL_MS, undefined, { signal })
      } catch (error) {
        if (signal.aborted) break
        options.logger.debug(`the guard of the readers lost the database: ${errorText(error)}`)
        await watcher?.end().catch(() => {})
        watcher = undefined
        await delay(RECONNECT_MS, undefined, { signal }).catch(() => {})
        if (signal.aborted) break
        await lock.end().catch(() => {})
        lock = await takeHold(options).catch(() => lock)
      }
    }
    await watcher?.end().catch(() => {})
  }
  const watching = watch()
  return {
    async stop() {
      stopping.abort()
      await watching
      await lock.end().catch(() => {})
    },
  }
}

/** Sets the roles, then holds them; what a role changed in the moment between is seen, and set again. */
async function takeHold({ owner, passwords }: ReaderGuardOptions): Promise<pg.Client> {
  const client = await connect(owner)
  try {
    await inTransaction(client, async () => {
      await client.query(LOCK_ROLES)
      await client.query(roleStatements(passwords))
      await client.query(confinement())
    })
    await client.query('BEGIN')
    await client.query(LOCK_ROLES)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

const LOCK_ROLES = 'LOCK TABLE pg_catalog.pg_authid, pg_catalog.pg_db_role_setting IN SHARE MODE'

function roleStatements({ reader, guest }: Credentials): string {
  const settings = { ...READER_DEFAULTS, temp_file_limit: READER_TEMP_FILE_LIMIT }
  return [
    `DO $$ BEGIN IF to_regrole('${GUEST_ROLE}') IS NULL THEN CREATE ROLE ${GUEST_ROLE}; END IF; END $$`,
    `GRANT ${READER_ROLE} TO ${GUEST_ROLE}`,
    `GRANT CONNECT ON DATABASE sensorium TO ${GUEST_ROLE}`,
    ...[
      { role: READER_ROLE, password: reader, connections: READER_CONNECTIONS },
      { role: GUEST_ROLE, password: guest, connections: GUEST_CONNECTIONS },
    ].flatMap(({ role, password, connections }) => [
      `ALTER ROLE ${role} LOGIN CONNECTION LIMIT ${connections} PASSWORD '${scramVerifier(password)}'`,
      `ALTER ROLE ${role} RESET ALL`,
      `ALTER ROLE ${role} IN DATABASE sensorium RESET ALL`,
      ...Object.entries(settings).map(([key, value]) => `ALTER ROLE ${role} SET ${key} = '${value}'`),
    ]),
  ].join(';\n')
}

const CONFINEMENT = join(import.meta.dirname, '../../sql/confine-reader.sql')

function confinement(): string {
  const memory = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())
  return readFileSync(CONFINEMENT, 'utf8')
    .replaceAll('{reader_memory_bytes};', `${readerMemoryBytes(memory)};`)
    .replace(`'{open_ended}'`, `'${OPEN_ENDED_SESSION}'`)
}

/** A thirty-second of the machine for each session, within bounds: a sort of 64 MiB is what a page of rows may need. */
export function readerMemoryBytes(memoryBytes: number): number {
  return Math.floor(Math.min(256, Math.max(64, memoryBytes / MIB / 32))) * MIB
}

/** Those of readers that take long, their workers too. `on_cpu`: it waits for nothing that the server knows. */
const READING_SESSIONS = `
  SELECT pid, on_cpu, login, is_overdue
  FROM (
    SELECT pid, wait_event IS NULL AS on_cpu, usename AS login,
      state = 'active' AND query_start < clock_timestamp() - make_interval(secs => $2)
        OR xact_start < clock_timestamp() - make_interval(secs => $3) AS is_overdue,
      state = 'active' AND query_start < clock_timestamp() - make_interval(secs => $4) AS is_long
    FROM pg_stat_activity
    WHERE backend_type IN ('client backend', 'parallel worker') AND usesysid IS NOT NULL
      AND pg_has_role(usesysid, $1, 'MEMBER') AND NOT pg_has_role(usesysid, 'sensorium_writer', 'MEMBER')
  ) AS reading
  WHERE is_overdue OR is_long`
