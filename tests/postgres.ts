import { after } from 'node:test'
import { type Store, storeAt } from '../store/open.ts'
import { databaseUrl, startTestServer, type TestServer, withAdmin } from './postgres-server.ts'

export interface TestDatabase {
  /** The owner's connection string. */
  readonly url: string
  readonly name: string
  /** What components get as `context.database`: roles, capabilities, detection. */
  readonly database: Store
}

let server: Promise<TestServer> | undefined
let count = 0
const made: string[] = []

/** The server of this test file, started on first use and stopped when the file is done. */
export function testServer(): Promise<TestServer> {
  server ??= startTestServer()
  return server
}

/**
 * A fresh database with the current schema, or an empty one with `migrated: false`. Dropped when the test file is done.
 *
 *     const { url, database } = await createDatabase()
 */
export async function createDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const { url: admin, template } = await testServer()
  const name = `sensorium_test_${process.pid}_${++count}`
  const source = migrated ? template : 'template0'
  await withAdmin(admin, client =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${source} ENCODING 'UTF8' STRATEGY ${strategy()}`),
  )
  made.push(name)
  const url = databaseUrl(admin, name)
  return { url, name, database: await storeAt(url) }
}

/** Copying files is five times as fast as copying through the log, but it waits for the disk where fsync is on. */
function strategy(): 'file_copy' | 'wal_log' {
  return process.env.TEST_DATABASE_URL ? 'wal_log' : 'file_copy'
}

after(async () => {
  const started = await server
  if (started === undefined) return
  // A server of our own goes as a whole; one that is lent is left as it was found.
  if (process.env.TEST_DATABASE_URL) {
    for (const name of made) {
      await withAdmin(started.url, client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    }
  }
  await started.stop()
})
