import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { errorText, SensoriumError } from '../pipeline/errors.ts'
import { variantsOf } from './capabilities.ts'
import { inTransaction, withClient } from './connect.ts'
import { ensureExtensions, extensionsToCreate } from './extensions.ts'
import { stopLeading, tryToLead } from './maintenance/leader.ts'
import { type MaintenanceSettings, maintenanceSettings } from './maintenance/settings.ts'
import { MIGRATIONS_DIR, type Migration, readMigrations } from './migration-files.ts'
import type { Store } from './open.ts'
import { ensureLayout, plannedLayout } from './partitions/layout.ts'
import { ensureRoles } from './roles.ts'

/** Advisory locks are numbers; these two are the bytes of "sens" and "migr". */
const LOCK_KEYS = [0x73656e73, 0x6d696772]
const LOCK_POLL_MS = 100
/** Longer than any of our own statements; a forgotten session that holds a table is told apart from patience. */
const TABLE_LOCK_TIMEOUT = '60s'

export type MigrationEvent =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'applying'; readonly file: string }
  | { readonly kind: 'applied'; readonly file: string; readonly durationMs: number }
  | { readonly kind: 'partitioning'; readonly table: string; readonly done: number; readonly total: number }
  | { readonly kind: 'partitioned'; readonly table: string }
  | { readonly kind: 'note'; readonly message: string }

export interface MigrateOptions {
  readonly directory?: string
  /** How long ranges of time are; the defaults where it is not said. */
  readonly settings?: MaintenanceSettings
  /** Leave tables that hold rows in the form that they have: the maintenance partitions them while the others work. */
  readonly withoutConverting?: boolean
  readonly onEvent?: (event: MigrationEvent) => void
}

/**
 * Brings the database to the schema of this release: extensions, then every file that has not run, then the form of the
 * tables that grow (partitions or hypertables), then the roles.
 * Variants run when the database can, so they follow when it learns to later. Any number of processes may call this at
 * once; one works, the others wait. Returns the files that ran.
 *
 * @throws SensoriumError MIGRATION_FAILED; what ran before stays, each file in a transaction of its own.
 */
export function migrate(store: Store, options: MigrateOptions = {}): Promise<readonly string[]> {
  const { directory = MIGRATIONS_DIR, onEvent = () => {} } = options
  const migrations = readMigrations(directory)
  return withClient(store, 'owner', async owner => {
    await takeLock(owner, onEvent)
    const notes = await ensureExtensions(owner, store.capabilities)
    await owner.query(CREATE_TABLE)
    const pending = await pendingMigrations(owner, migrations, await store.detect())
    for (const migration of pending) await apply(owner, migration, onEvent)
    if (directory === MIGRATIONS_DIR) await arrange(owner, await store.detect(), options, onEvent)
    const roleNote = await ensureRoles(owner, store, store.capabilities.footing === 'embedded')
    for (const message of roleNote === undefined ? notes : [...notes, roleNote]) onEvent({ kind: 'note', message })
    await store.detect()
    return pending.map(({ file }) => file)
  })
}

/** What `migrate` would do now, changing nothing: `CREATE EXTENSION …` lines, then files. */
export function plannedMigrations(store: Store, directory = MIGRATIONS_DIR): Promise<readonly string[]> {
  const migrations = readMigrations(directory)
  return withClient(store, 'owner', async owner => {
    const created = extensionsToCreate(store.capabilities)
    const pending = await pendingMigrations(owner, migrations, afterCreating(store, created))
    const steps = [...created.map(name => `CREATE EXTENSION ${name}`), ...pending.map(({ file }) => file)]
    if (directory !== MIGRATIONS_DIR) return steps
    // Before the first migration there is nothing to arrange yet, and afterwards too little to speak of.
    const layout = pending.some(({ version }) => version === 1) ? [] : await plannedLayout(owner, store.capabilities)
    return [...steps, ...layout.map(({ table, wanted }) => `${table.table} becomes ${FORM_NAMES[wanted]}`)]
  })
}

const FORM_NAMES = { partitioned: 'a partitioned table', hypertable: 'a hypertable' }

async function arrange(
  owner: pg.ClientBase,
  capabilities: Store['capabilities'],
  { settings = maintenanceSettings.parse({}), withoutConverting = false }: MigrateOptions,
  onEvent: (event: MigrationEvent) => void,
): Promise<void> {
  await owner.query('RESET lock_timeout')
  // Another process may be partitioning right now, which takes as long as reading a large table.
  for (let told = false; !(await tryToLead(owner)); told = true) {
    if (withoutConverting) return
    if (!told) onEvent({ kind: 'waiting' })
    await delay(LOCK_POLL_MS)
  }
  const changed = await ensureLayout(owner, capabilities, {
    settings,
    ...(withoutConverting ? { only: 'empty' as const } : {}),
    onProgress: progress => onEvent({ kind: 'partitioning', ...progress }),
  })
  await stopLeading(owner)
  for (const table of changed) onEvent({ kind: 'partitioned', table })
}

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version integer NOT NULL,
  variant text NOT NULL,
  file text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (version, variant)
)`

type Applied = Pick<Migration, 'version' | 'variant' | 'file' | 'checksum'>

async function pendingMigrations(
  owner: pg.ClientBase,
  migrations: readonly Migration[],
  capabilities: Store['capabilities'],
): Promise<Migration[]> {
  const { rows } = await owner.query<{ there: boolean }>(`SELECT to_regclass('schema_migrations') IS NOT NULL AS there`)
  const applied: Applied[] = rows[0]?.there
    ? (await owner.query<Applied>('SELECT version, variant, file, checksum FROM schema_migrations ORDER BY 1, 2')).rows
    : []
  checkHistory(applied, migrations)
  const variants = variantsOf(capabilities)
  return migrations.filter(
    ({ version, variant, isRetired }) =>
      !isRetired &&
      variants.includes(variant) &&
      !applied.some(done => done.version === version && done.variant === variant),
  )
}

/** @throws SensoriumError MIGRATION_FAILED where the database's past is not this release's. */
export function checkHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const done of applied) {
    const migration = migrations.find(({ version, variant }) => version === done.version && variant === done.variant)
    if (migration === undefined) {
      throw new SensoriumError(
        'MIGRATION_FAILED',
        `the database has the migration ${done.file}, which this release does not know: the database is newer. Run the newer release, or restore a backup from before it.`,
      )
    }
    if (migration.checksum !== done.checksum) {
      throw new SensoriumError(
        'MIGRATION_FAILED',
        `${migration.file} is not the file that the database was built with: migrations never change once they ran. Restore the file and put the change into a new migration; or, if its data may go, use an empty database.`,
      )
    }
  }
}

async function apply(
  owner: pg.ClientBase,
  migration: Migration,
  onEvent: (event: MigrationEvent) => void,
): Promise<void> {
  const { file, sql, version, variant, checksum } = migration
  const begun = performance.now()
  onEvent({ kind: 'applying', file })
  const run = async (): Promise<void> => {
    await owner.query(`SET lock_timeout = '${TABLE_LOCK_TIMEOUT}'`)
    await owner.query(sql)
    await owner.query('INSERT INTO schema_migrations (version, variant, file, checksum) VALUES ($1, $2, $3, $4)', [
      version,
      variant,
      file,
      checksum,
    ])
  }
  try {
    await (migration.inTransaction ? inTransaction(owner, run) : run())
  } catch (cause) {
    throw new SensoriumError('MIGRATION_FAILED', `${file} did not apply: ${errorText(cause)}${lineOf(cause, sql)}`, {
      cause,
    })
  }
  onEvent({ kind: 'applied', file, durationMs: performance.now() - begun })
}

/** Postgres gives the place of a fault as a character's number, from 1. */
function lineOf(error: unknown, sql: string): string {
  const position = Number((error as { position?: string }).position)
  return position > 0 ? ` (line ${sql.slice(0, position - 1).split('\n').length})` : ''
}

/**
 * Session-wide, so that it spans the transactions of all files. Tried again and again instead of waited for in the
 * server: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY waits for every snapshot to go.
 */
async function takeLock(owner: pg.ClientBase, onEvent: (event: MigrationEvent) => void): Promise<void> {
  for (let told = false; ; await delay(LOCK_POLL_MS)) {
    const { rows } = await owner.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', LOCK_KEYS)
    if (rows[0]?.held) return
    if (!told) onEvent({ kind: 'waiting' })
    told = true
  }
}

/** The capabilities once the extensions are there. The licence is read when the library runs; until then, the lesser. */
function afterCreating({ capabilities }: Store, created: readonly string[]): Store['capabilities'] {
  const { timescaledb, vector, trigram } = capabilities
  return {
    ...capabilities,
    timescaledb: created.includes('timescaledb') ? { ...timescaledb, installed: timescaledb.available } : timescaledb,
    vector: created.includes('vector') ? { ...vector, installed: vector.available } : vector,
    trigram: created.includes('pg_trgm') ? { ...trigram, installed: trigram.available } : trigram,
  }
}
