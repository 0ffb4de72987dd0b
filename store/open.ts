import type { Logger } from 'pino'
import type { Database, DatabaseConnection, DatabaseRole } from '../pipeline/component.ts'
import { type Capabilities, detectCapabilities } from './capabilities.ts'
import { describeTarget, withClient } from './connect.ts'
import { mustHoldDatabase } from './embedded/data-folder.ts'
import { attachEmbedded, type EmbeddedServer, startEmbedded } from './embedded/index.ts'
import { createSpaceGuard } from './embedded/space-guard.ts'
import { READER_DEFAULTS, READER_ROLE, WRITER_ROLE } from './roles.ts'
import type { DatabaseSettings } from './settings.ts'

/** The open database: where it is, what it can do, and how each role connects. */
export interface Store extends Database {
  /** As last detected. Before the first migration the roles are `shared`, unless somebody made them. */
  readonly capabilities: Capabilities
  /** `host:port/database`, safe to show. */
  readonly target: string
  /** URL of a login that only reads, to be shown to people: the embedded server has one. */
  readonly guestUrl?: string | undefined
  /** Asks the server again, after a migration brought extensions and roles. */
  detect(): Promise<Capabilities>
  /** Stops the embedded server if this process runs it. */
  close(): Promise<void>
}

export interface OpenOptions {
  /**
   * Use the embedded server that another process runs on the folder, if one does; else run one for as long as the store
   * is open. A folder without a database is then an error: only `start` and `migrate` make one.
   */
  readonly attach?: boolean
  /** With `attach`: make the database where there is none. */
  readonly create?: boolean
  /** The embedded server died by itself; it is being started again. Connections fail until it is back. */
  readonly onOutage?: (reason: string) => void
}

/**
 * Opens the database that the settings name, or the embedded one.
 *
 * @throws SensoriumError DATABASE_UNREACHABLE, DATABASE_UNSUITABLE; embedded also ADDRESS_UNAVAILABLE,
 * DATA_DIR_IN_USE, DATA_DIR_UNUSABLE.
 */
export async function openStore(settings: DatabaseSettings, logger: Logger, options: OpenOptions = {}): Promise<Store> {
  if (settings.url !== undefined) return storeAt(settings.url, settings.reader_url)
  const attached = options.attach === true ? await attachEmbedded(settings.data_dir) : undefined
  if (attached === undefined && options.attach === true && options.create !== true) mustHoldDatabase(settings.data_dir)
  const server =
    attached ??
    (await startEmbedded({ dataDir: settings.data_dir, port: settings.port, logger, onOutage: options.onOutage }))
  try {
    return await storeOn(server, settings)
  } catch (error) {
    await server.close()
    throw error
  }
}

async function storeOn(server: EmbeddedServer, { data_dir, min_free_mib }: DatabaseSettings): Promise<Store> {
  const minFreeBytes = min_free_mib === undefined ? undefined : min_free_mib * 1024 * 1024
  const guard = createSpaceGuard({ folder: data_dir, minFreeBytes })
  return makeStore(
    true,
    server.connection,
    () => server.close(),
    server.guestUrl,
    () => guard.problem(),
  )
}

/** A store on a server that we do not run. */
export function storeAt(url: string, readerUrl?: string): Promise<Store> {
  return makeStore(
    false,
    (role, roles) => foreignConnection(url, readerUrl, role, roles),
    async () => {},
  )
}

type Connections = (role: DatabaseRole, roles: Capabilities['roles']) => DatabaseConnection

async function makeStore(
  embedded: boolean,
  connections: Connections,
  close: () => Promise<void>,
  guestUrl?: string,
  problem: () => string | undefined = () => undefined,
): Promise<Store> {
  const owner = connections('owner', 'shared')
  const detect = (): Promise<Capabilities> =>
    withClient({ connection: () => owner }, 'owner', client => detectCapabilities(client, embedded))
  let capabilities = await detect()
  return {
    get capabilities() {
      return capabilities
    },
    target: describeTarget(owner.connectionString),
    guestUrl,
    connection: role => connections(role, capabilities.roles),
    problem,
    async detect() {
      capabilities = await detect()
      return capabilities
    },
    close,
  }
}

/** How a role connects to a server that is not ours: one login, and session options that take the role. */
export function foreignConnection(
  url: string,
  readerUrl: string | undefined,
  role: DatabaseRole,
  roles: Capabilities['roles'],
): DatabaseConnection {
  if (role === 'owner') return { connectionString: url }
  const isOwnLogin = role === 'reader' && readerUrl !== undefined
  const settings: Record<string, string> = role === 'reader' ? { ...READER_DEFAULTS } : {}
  if (!isOwnLogin && roles === 'separate') settings.role = role === 'reader' ? READER_ROLE : WRITER_ROLE
  return withOptions(isOwnLogin ? readerUrl : url, settings)
}

/** `pg` prefers options in the URL to ours, so those are taken out of it and put before ours. */
function withOptions(url: string, settings: Record<string, string>): DatabaseConnection {
  const parsed = new URL(url)
  const own = parsed.searchParams.get('options')
  parsed.searchParams.delete('options')
  const ours = Object.entries(settings).map(([key, value]) => `-c ${key}=${value}`)
  const options = [...(own === null ? [] : [own]), ...ours].join(' ')
  return { connectionString: own === null ? url : parsed.href, ...(options === '' ? {} : { options }) }
}
