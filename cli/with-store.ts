import { withClient } from '../store/connect.ts'
import { migrate } from '../store/migrate.ts'
import type { Store } from '../store/open.ts'
import { type DatabaseConfiguration, mustHoldTables, withStore } from './database.ts'

/**
 * Runs `work` on the configuration's database, brought to this release's schema, beside a running Sensorium or without
 * one. Where there is no database of ours it makes none, unless that is what the command is for (`create`).
 */
export function withMigrated<T>(
  file: string,
  work: (store: Store, configuration: DatabaseConfiguration) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const run = async (store: Store, configuration: DatabaseConfiguration) => {
    if (!create) await withClient(store, 'owner', client => mustHoldTables(client, store.target))
    await migrate(store, { settings: configuration.maintenance, withoutConverting: true })
    return work(store, configuration)
  }
  return withStore(file, run, { create })
}
