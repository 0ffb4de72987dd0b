import { existsSync, statfsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DatabaseConnection, DatabaseRole } from '../../pipeline/component.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { READER_ROLE, WRITER_ROLE } from '../roles.ts'
import { type Account, accountFor } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import {
  type Credentials,
  clearState,
  credentialsOf,
  type DataFolder,
  dataFolder,
  makeDataFolder,
  readState,
  writeState,
} from './data-folder.ts'
import { lockFolder, type Unlock } from './folder-lock.ts'
import { DATABASE_NAME, initialise, OWNER_ROLE } from './initialise.ts'
import { clearLeftovers } from './leftovers.ts'
import { LogFile } from './log-file.ts'
import { type Postmaster, startPostmaster } from './postmaster.ts'
import { GUEST_ROLE, type ReaderGuard, startReaderGuard } from './reader-guard.ts'
import { serverSettings } from './server-settings.ts'

/** A crashed server is started again after this long, doubled with each failure in a row up to the limit. */
const RESTART_DELAY_MS = 100
const MAX_RESTART_DELAY_MS = 10_000
/** How long a second process waits for the first one's server to be ready. */
const ATTACH_DEADLINE_MS = 30_000
const ATTACH_POLL_MS = 50
/** Whoever only looks whether the lock is held has it for a moment. */
const LOCK_WAIT_MS = 500

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly port: number
  readonly logger: Logger
  /** False only in tests that may lose their data. */
  readonly durable?: boolean
  /** False only where tests make roles of their own: the logins that read are then as Postgres leaves them. */
  readonly guarded?: boolean
  /** Shorter only in tests: how long a reading session withstands everything before the server restarts without it. */
  readonly killAfterMs?: number
  /** Called when the server died by itself; it is being started again. */
  readonly onOutage?: (reason: string) => void
}

export interface EmbeddedServer {
  readonly port: number
  connection(role: DatabaseRole): DatabaseConnection
  /** For people and their tools: a login that only reads. */
  readonly guestUrl: string
  /** Shuts the server down and frees the folder; where another process runs the server, does nothing. Safe to repeat. */
  close(): Promise<void>
}

/**
 * Runs the embedded Postgres of the data folder until `close`. A server that dies meanwhile is started again; what was
 * committed is there again. A predecessor's server that outlived it is shut down first.
 *
 * @throws SensoriumError DATA_DIR_IN_USE, DATA_DIR_UNUSABLE, ADDRESS_UNAVAILABLE, DATABASE_UNSUITABLE
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = dataFolder(options.dataDir)
  const account = accountFor(folder.cluster)
  makeDataFolder(folder, account !== undefined)
  const unlock = takeFolder(folder)
  try {
    return await runServer(folder, account, unlock, options)
  } catch (error) {
    clearState(folder)
    unlock()
    throw error
  }
}

/**
 * The server that another process runs on the folder, once it is ready; `undefined` when none does.
 * @throws SensoriumError DATABASE_UNREACHABLE when the other process does not get it ready.
 */
export async function attachEmbedded(dataDir: string): Promise<EmbeddedServer | undefined> {
  const folder = dataFolder(dataDir)
  for (const end = Date.now() + ATTACH_DEADLINE_MS; Date.now() < end; await delay(ATTACH_POLL_MS)) {
    if (!isHeld(folder)) return undefined
    const state = readState(folder)
    if (state?.state !== 'ready') continue
    return { ...logins(state.port, credentialsOf(folder)), port: state.port, close: async () => {} }
  }
  throw new SensoriumError(
    'DATABASE_UNREACHABLE',
    `${holder(folder)} is starting the database in ${folder.path} and was not ready within ${ATTACH_DEADLINE_MS / 1000} s: see ${folder.log}`,
  )
}

async function runServer(
  folder: DataFolder,
  account: Account | undefined,
  unlock: Unlock,
  { port, logger, durable = true, guarded = true, killAfterMs, onOutage }: EmbeddedOptions,
): Promise<EmbeddedServer> {
  const state = { owner_pid: process.pid, port, started_at: new Date().toISOString() }
  writeState(folder, { ...state, state: 'starting' })
  const binaries = findBinaries(account)
  await initialise(folder, binaries, account)
  const passwords = credentialsOf(folder)
  const { connection, guestUrl } = logins(port, passwords)
  const start = starter(
    folder,
    binaries,
    account,
    serverSettings({ port, durable, diskBytes: diskBytesOf(folder.path) }),
  )
  const supervisor = supervise(await start(), start, reason => {
    logger.error({ reason }, 'the embedded Postgres went away; starting it again')
    onOutage?.(reason)
  })
  let guard: ReaderGuard | undefined
  try {
    if (guarded) {
      guard = await startReaderGuard({
        owner: connection('owner'),
        passwords,
        cluster: folder.cluster,
        logger,
        killAfterMs,
      })
    }
    writeState(folder, { ...state, state: 'ready' })
  } catch (error) {
    await guard?.stop()
    await supervisor.stop()
    throw error
  }
  const close = async (): Promise<void> => {
    await guard?.stop()
    await supervisor.stop()
    clearState(folder)
    unlock()
  }
  let closing: Promise<void> | undefined
  return {
    port,
    connection,
    guestUrl,
    close() {
      closing ??= close()
      return closing
    },
  }
}

function diskBytesOf(path: string): number {
  const { blocks, bsize } = statfsSync(path)
  return blocks * bsize
}

type Start = () => Promise<Postmaster>

function starter(
  folder: DataFolder,
  binaries: Binaries,
  account: Account | undefined,
  settings: Record<string, string>,
): Start {
  const log = new LogFile(folder.log)
  return async () => {
    await clearLeftovers(folder.cluster)
    return startPostmaster({ program: binaries.postgres, cluster: folder.cluster, account, settings, log })
  }
}

/** running → (exit) → starting, again and again with growing pauses → running; `stop` ends it in any state. */
function supervise(first: Postmaster, start: Start, onOutage: (reason: string) => void): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let server: Postmaster | undefined = first
  const watch = async (): Promise<void> => {
    for (let pauseMs = RESTART_DELAY_MS; !stopping.signal.aborted; ) {
      if (server !== undefined) {
        if (await server.exited) return
        server = undefined
        onOutage('the server process ended')
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        server = await start()
        pauseMs = RESTART_DELAY_MS
        if (stopping.signal.aborted) await server.stop()
      } catch (error) {
        pauseMs = Math.min(pauseMs * 2, MAX_RESTART_DELAY_MS)
        onOutage(errorText(error))
      }
    }
  }
  const watching = watch()
  return {
    async stop() {
      stopping.abort()
      await server?.stop()
      await watching
    },
  }
}

function takeFolder(folder: DataFolder): Unlock {
  const unlock = tryLock(folder, LOCK_WAIT_MS)
  if (unlock !== undefined) return unlock
  throw new SensoriumError(
    'DATA_DIR_IN_USE',
    `${holder(folder)} uses the data folder ${folder.path}: stop it, or choose another service.database.data_dir (and service.database.port) for this one`,
  )
}

function isHeld(folder: DataFolder): boolean {
  // Looking must leave nothing behind, least of all a lock in somebody else's folder.
  if (!existsSync(folder.lock)) return false
  const unlock = tryLock(folder, 0)
  unlock?.()
  return unlock === undefined
}

function tryLock(folder: DataFolder, waitMs: number): Unlock | undefined {
  try {
    return lockFolder(folder.lock, waitMs)
  } catch (cause) {
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `cannot write in the data folder ${folder.path} (${errorText(cause)}): run Sensorium as its owner, or choose another service.database.data_dir`,
      { cause },
    )
  }
}

function holder(folder: DataFolder): string {
  const pid = readState(folder)?.owner_pid
  return pid === undefined ? 'another Sensorium' : `another Sensorium (pid ${pid})`
}

function logins(port: number, passwords: Credentials): Pick<EmbeddedServer, 'connection' | 'guestUrl'> {
  const users = { owner: OWNER_ROLE, writer: WRITER_ROLE, reader: READER_ROLE }
  const urlOf = (user: string, password: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`
  return {
    connection: role => ({ connectionString: urlOf(users[role], passwords[role]) }),
    guestUrl: urlOf(GUEST_ROLE, passwords.guest),
  }
}
