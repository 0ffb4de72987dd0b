import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'

/**
 * What lies in `service.database.data_dir`:
 *
 *     cluster/          Postgres's own data folder; `cluster.new/` while initdb fills it
 *     credentials.json  the passwords of the roles, readable by its owner only
 *     server.json       who runs the server and where, so that a second process can connect; gone when nothing runs
 *     lock              held by the process that runs the server
 *     postgres.log(.1)  the server's log
 */
export interface DataFolder {
  readonly path: string
  readonly cluster: string
  readonly lock: string
  readonly log: string
  readonly state: string
  readonly credentials: string
}

export function dataFolder(dataDir: string): DataFolder {
  const path = resolve(dataDir)
  return {
    path,
    cluster: join(path, 'cluster'),
    lock: join(path, 'lock'),
    log: join(path, 'postgres.log'),
    state: join(path, 'server.json'),
    credentials: join(path, 'credentials.json'),
  }
}

/** Whether a database was made in the folder. */
export function holdsDatabase(dataDir: string): boolean {
  return existsSync(dataFolder(dataDir).cluster)
}

/** @throws SensoriumError DATABASE_UNREACHABLE where there is none, with what to do. */
export function mustHoldDatabase(dataDir: string): void {
  if (holdsDatabase(dataDir)) return
  throw new SensoriumError(
    'DATABASE_UNREACHABLE',
    `there is no database in ${dataFolder(dataDir).path}, and this command makes none: begin with sensorium start, or say where it is with SENSORIUM_DATA_DIR or DATABASE_URL`,
  )
}

/** What we and the file system put there; asides of files that are being replaced end in a pid. */
const OURS =
  /^(cluster(\.new\.\d+)?|(credentials|server)\.json(\.\d+)?|lock(-journal)?|postgres\.log(\.1)?|lost\+found)$/
const NAMED_STRANGERS = 3

/** A folder with other people's files is not made ours: neither for a server nor for its lock. */
function mustBeOurs(folder: DataFolder): void {
  const strangers = readdirSync(folder.path).filter(name => !OURS.test(name))
  if (strangers.length === 0 || existsSync(folder.cluster)) return
  const named = strangers.slice(0, NAMED_STRANGERS).join(', ')
  const more = strangers.length > NAMED_STRANGERS ? ` and ${strangers.length - NAMED_STRANGERS} more` : ''
  throw new SensoriumError(
    'DATA_DIR_UNUSABLE',
    `the data folder ${folder.path} holds other files (${named}${more}) and no database of ours: point SENSORIUM_DATA_DIR (service.database.data_dir) at a folder that is empty or not there yet`,
  )
}

/**
 * Makes the folder. As root it must let the server's account through, yet not look around: 0711.
 * @throws SensoriumError DATA_DIR_UNUSABLE, also for a folder that holds something else
 */
export function makeDataFolder(folder: DataFolder, forAccount: boolean): void {
  try {
    if (existsSync(folder.path)) {
      mustBeOurs(folder)
      return
    }
    mkdirSync(folder.path, { recursive: true })
    chmodSync(folder.path, forAccount ? 0o711 : 0o700)
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `cannot make the data folder ${folder.path} (${errorText(cause)}): point service.database.data_dir at a folder that you may write`,
      { cause },
    )
  }
}

const serverState = z.object({
  state: z.enum(['starting', 'ready']),
  /** The Sensorium process that holds the lock. */
  owner_pid: z.int(),
  port: z.int(),
  started_at: z.string(),
})
export type ServerState = z.infer<typeof serverState>

/** `undefined` where nothing runs, or where the file cannot be read: then it tells us nothing. */
export function readState(folder: DataFolder): ServerState | undefined {
  try {
    return serverState.parse(JSON.parse(readFileSync(folder.state, 'utf8')))
  } catch {
    return undefined
  }
}

/** @throws SensoriumError DATA_DIR_UNUSABLE */
export function writeState(folder: DataFolder, state: ServerState): void {
  replaceFile(folder.state, state)
}

/** Where it cannot be removed it stays: the lock says that nobody is behind it, and there is something worse to tell. */
export function clearState(folder: DataFolder): void {
  try {
    rmSync(folder.state, { force: true })
  } catch {}
}

const credentials = z.object({ owner: z.string(), writer: z.string(), reader: z.string(), guest: z.string() })
export type Credentials = z.infer<typeof credentials>

/**
 * The passwords, made on first use.
 * @throws SensoriumError DATA_DIR_UNUSABLE when there is a cluster but its passwords are gone or closed to us.
 */
export function credentialsOf(folder: DataFolder): Credentials {
  if (!existsSync(folder.credentials) && !existsSync(folder.cluster)) {
    const made = { owner: password(), writer: password(), reader: password(), guest: password() }
    replaceFile(folder.credentials, made)
    return made
  }
  try {
    const known = credentials.partial({ guest: true }).parse(JSON.parse(readFileSync(folder.credentials, 'utf8')))
    if (known.guest !== undefined) return { ...known, guest: known.guest }
    // Of a release that had no guest.
    const completed = { ...known, guest: password() }
    replaceFile(folder.credentials, completed)
    return completed
  } catch (cause) {
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `${folder.credentials} holds the passwords of the database beside it and cannot be read (${errorText(cause)}). Run as the user that made it, bring the file back, or remove ${folder.path} to begin with an empty database.`,
      { cause },
    )
  }
}

/** 192 bits, in characters that a URL takes as they are. */
function password(): string {
  return randomBytes(24).toString('base64url')
}

/** Written aside and renamed: a reader sees the old file or the new one, never half of one. */
function replaceFile(path: string, content: object): void {
  const aside = `${path}.${process.pid}`
  try {
    writeFileSync(aside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    renameSync(aside, path)
  } catch (cause) {
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `cannot write ${path} (${errorText(cause)}): run Sensorium as the owner of the folder, on a disk that takes writes, or choose another service.database.data_dir`,
      { cause },
    )
  }
}
