import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import { SensoriumError } from '../pipeline/errors.ts'
import { lockFolder } from '../store/embedded/folder-lock.ts'
import { type EmbeddedServer, startEmbedded } from '../store/embedded/index.ts'
import { migrate } from '../store/migrate.ts'
import { storeAt } from '../store/open.ts'

const ROOT = join(import.meta.dirname, '..')
const HOME = join(tmpdir(), `sensorium-test-${userInfo().uid}`)
const IN_USE = 'in-use'
/** A folder may be made and not yet locked, or of another checkout's schema and being copied right now. */
const YOUNG_MS = 10 * 60_000
/** "sens", "test": held while one process makes the template on a server that several share. */
const TEMPLATE_LOCK = [0x73656e73, 0x74657374]

export interface TestServer {
  /** The superuser's connection; its database is for administration only. */
  readonly url: string
  /** Name of a migrated database to clone. */
  readonly template: string
  stop(): Promise<void>
}

/**
 * A server with a migrated template database: the one of TEST_DATABASE_URL (a superuser's URL), else an embedded one of
 * this process's own, on a free port, without fsync. The first call after a change of the schema takes a second or two,
 * the others a quarter of one, since a prepared data folder is kept below the system's temporary folder and copied.
 * Dies with this process, however it ends.
 */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '')
    return { url: given, template: await ensureTemplate(given), stop: async () => {} }
  const prepared = await preparedFolder()
  const run = makeRunFolder()
  const data = join(run.path, 'data')
  utimesSync(prepared, new Date(), new Date())
  await promisify(execFile)('cp', ['-a', prepared, data])
  const server = await startOnFreePort(data)
  const url = adminUrl(server)
  return {
    url,
    template: await ensureTemplate(url),
    async stop() {
      await server.close()
      run.remove()
    },
  }
}

/** A folder that is locked for as long as this process needs it, so that others can tell it from an abandoned one. */
function makeRunFolder(): { path: string; remove(): void } {
  const path = join(HOME, `run-${randomUUID()}`)
  mkdirSync(path)
  const unlock = lockFolder(join(path, IN_USE), 0)
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true })
      unlock?.()
    },
  }
}

/** What the template depends on, as a short hash: it changes when the schema or the code that makes it does. */
function schemaKey(): string {
  const hash = createHash('sha256')
  for (const folder of ['sql/migrations', 'store', 'store/embedded']) {
    for (const name of readdirSync(join(ROOT, folder)).sort()) {
      if (/(?<!\.test)\.(ts|sql)$/.test(name)) hash.update(name).update(readFileSync(join(ROOT, folder, name)))
    }
  }
  return hash.digest('hex').slice(0, 12)
}

/** Whoever finds it missing makes it aside and renames it: the first one wins, the others throw theirs away. */
async function preparedFolder(): Promise<string> {
  const prepared = join(HOME, `prepared-${schemaKey()}`)
  mkdirSync(HOME, { recursive: true, mode: 0o755 })
  removeAbandoned(prepared)
  if (existsSync(prepared)) return prepared
  const run = makeRunFolder()
  try {
    const data = join(run.path, 'data')
    const server = await startOnFreePort(data)
    await ensureTemplate(adminUrl(server))
    await server.close()
    renameSync(data, prepared)
  } catch (error) {
    if (!existsSync(prepared)) throw error
  } finally {
    run.remove()
  }
  return prepared
}

/** Folders of killed runs, and those of older schemas that nobody can be copying any more. */
function removeAbandoned(current: string): void {
  for (const name of readdirSync(HOME)) {
    const folder = join(HOME, name)
    try {
      if (folder === current || Date.now() - statSync(folder).mtimeMs < YOUNG_MS) continue
      const unlock = lockFolder(join(folder, IN_USE), 0)
      if (unlock === undefined) continue
      rmSync(folder, { recursive: true, force: true })
      unlock()
    } catch {
      // Another process removes it at the same time.
    }
  }
}

async function startOnFreePort(dataDir: string): Promise<EmbeddedServer> {
  for (;;) {
    const options = {
      dataDir,
      port: await freePort(),
      logger: pino({ level: 'silent' }),
      durable: false,
      guarded: false,
    }
    try {
      return await startEmbedded(options)
    } catch (error) {
      // Somebody took the port between our look and the start.
      if (!(error instanceof SensoriumError && error.code === 'ADDRESS_UNAVAILABLE')) throw error
    }
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function adminUrl(server: EmbeddedServer): string {
  return databaseUrl(server.connection('owner').connectionString, 'postgres')
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Makes the template if it is missing and closes it to connections, which a clone's source must not have. */
async function ensureTemplate(url: string): Promise<string> {
  const name = `sensorium_template_${schemaKey()}`
  await withAdmin(url, async admin => {
    await admin.query('SELECT pg_advisory_lock($1, $2)', TEMPLATE_LOCK)
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 1) return
    const unfinished = `${name}_unfinished`
    await admin.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
    await admin.query(`CREATE DATABASE ${unfinished} TEMPLATE template0 ENCODING 'UTF8' STRATEGY file_copy`)
    await migrate(await storeAt(databaseUrl(url, unfinished)))
    await admin.query(`ALTER DATABASE ${unfinished} ALLOW_CONNECTIONS false`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [unfinished])
    await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
  })
  return name
}

export async function withAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(url)
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}
