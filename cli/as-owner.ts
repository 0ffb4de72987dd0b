import type pg from 'pg'
import { withClient } from '../store/connect.ts'
import { migrate } from '../store/migrate.ts'
import { openStore } from '../store/open.ts'
import { readConfiguration } from './configuration.ts'
import { silentLogger } from './logging.ts'

/** Runs `work` on the configuration's database as its owner, beside a running Sensorium or without one. */
export async function asOwner<T>(config: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const { database } = await readConfiguration(config)
  const store = await openStore(database, silentLogger(), { attach: true })
  try {
    // The first command on a new database may be this one.
    await migrate(store, { withoutConverting: true })
    return await withClient(store, 'owner', work)
  } finally {
    await store.close()
  }
}
