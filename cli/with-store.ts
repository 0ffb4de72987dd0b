import { migrate } from '../store/migrate.ts'
import { openStore, type Store } from '../store/open.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { silentLogger } from './logging.ts'

/** Runs `work` on the configuration's database, beside a running Sensorium or without one. */
export async function withStore<T>(
  file: string,
  work: (store: Store, configuration: Configuration) => Promise<T>,
): Promise<T> {
  const configuration = await readConfiguration(file)
  const store = await openStore(configuration.database, silentLogger(), { attach: true })
  try {
    await migrate(store, { settings: configuration.maintenance, withoutConverting: true })
    return await work(store, configuration)
  } finally {
    await store.close()
  }
}
