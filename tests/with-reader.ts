import { readFileSync } from 'node:fs'
import path from 'node:path'
import { withClient } from '../store/connect.ts'
import { type MigrationEvent, migrate } from '../store/migrate.ts'
import { type Store, storeAt } from '../store/open.ts'

const HARDENING = path.join(import.meta.dirname, '../sql/harden-reader.sql')

/** A migrated database with a login that only reads, as docs/agents.md sets one up. */
export async function withReader(url: string): Promise<Store> {
  const reader = new URL(url)
  reader.username = 'sensorium_test_agent'
  reader.password = 'reads only'
  const database = await storeAt(url, reader.href)
  const notes: MigrationEvent[] = []
  await migrate(database, { onEvent: event => notes.push(event) })
  if (notes.length > 0) throw new Error(JSON.stringify(notes))
  await withClient(database, 'owner', owner => owner.query(readFileSync(HARDENING, 'utf8')))
  return database
}
