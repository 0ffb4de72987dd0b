import type pg from 'pg'
import { withClient } from '../store/connect.ts'
import { withMigrated } from './with-store.ts'

/** Runs `work` on the configuration's database as its owner, beside a running Sensorium or without one. */
export function asOwner<T>(config: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return withMigrated(config, store => withClient(store, 'owner', work))
}
