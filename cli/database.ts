import path from 'node:path'
import type pg from 'pg'
import { loadSections } from '../pipeline/config/sections.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import { withClient } from '../store/connect.ts'
import { holdsDatabase } from '../store/embedded/data-folder.ts'
import { type KpiSettings, kpiSettings } from '../store/kpis/settings.ts'
import { type MaintenanceSettings, maintenanceSettings } from '../store/maintenance/settings.ts'
import { openStore, type Store } from '../store/open.ts'
import { type DatabaseSettings, databaseSettings } from '../store/settings.ts'
import { silentLogger } from './logging.ts'
import { type Running, runningHere } from './running.ts'

/** What a command needs of the configuration that only asks the database. */
export interface DatabaseConfiguration {
  readonly database: DatabaseSettings
  readonly kpis: KpiSettings
  readonly maintenance: MaintenanceSettings
  /** The whole file, unchecked. */
  readonly data: unknown
}

const SECTIONS = { database: databaseSettings, kpis: kpiSettings, maintenance: maintenanceSettings }

export async function readDatabaseConfiguration(file: string): Promise<DatabaseConfiguration> {
  const { service, data } = await loadSections(path.resolve(file), SECTIONS, process.env)
  return { ...service, data }
}

/**
 * Opens the configuration's database for one command, which makes nothing, no cluster, no tables, unless told to. Called from another
 * folder it takes the Sensorium that runs on this account.
 */
export async function withStore<T>(
  file: string,
  work: (store: Store, configuration: DatabaseConfiguration) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const configuration = await readDatabaseConfiguration(file)
  const settings = create ? configuration.database : found(configuration.database)
  const store = await openStore(settings, silentLogger(), { attach: true, create })
  try {
    return await work(store, configuration)
  } finally {
    await store.close()
  }
}

/** Runs `work` as the owner, who reads every column, in a session that cannot write. */
export function asReader<T>(file: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return withStore(file, store =>
    withClient(store, 'owner', async client => {
      await client.query('SET default_transaction_read_only = on')
      await mustHoldTables(client, store.target)
      return work(client)
    }),
  )
}

/** @throws SensoriumError DATABASE_UNSUITABLE for a database that is not ours: the wrong one, mostly. */
export async function mustHoldTables(client: pg.ClientBase, target: string): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS there`,
  )
  if (rows[0]?.there) return
  throw new SensoriumError(
    'DATABASE_UNSUITABLE',
    `${target} holds no tables of Sensorium: is DATABASE_URL the right one? If it is, sensorium migrate makes them`,
  )
}

/** The settings, or those of the one that runs, where the usual folder has no database from here. */
export function found(settings: DatabaseSettings): DatabaseSettings {
  const isUsual = settings.data_dir === databaseSettings.parse({}).data_dir
  if (settings.url !== undefined || !isUsual || holdsDatabase(settings.data_dir)) return settings
  const running = runningHere()
  const [only, ...others] = running.filter(one => one.data_dir !== null)
  if (only?.data_dir != null && others.length === 0) {
    console.error(
      `no database in ${path.resolve(settings.data_dir)}: asking the one of pid ${only.pid} in ${only.data_dir}`,
    )
    return { ...settings, data_dir: only.data_dir }
  }
  if (running.length > 0) throw whichOne(running)
  return settings
}

function whichOne(running: readonly Running[]): SensoriumError {
  const lines = running.map(({ pid, data_dir, database }) =>
    data_dir === null ? `  pid ${pid}: DATABASE_URL of ${database}` : `  pid ${pid}: SENSORIUM_DATA_DIR=${data_dir}`,
  )
  return new SensoriumError(
    'DATABASE_UNREACHABLE',
    `there is no database in this folder, and more than one way to a running Sensorium; say which:\n${lines.join('\n')}`,
  )
}
