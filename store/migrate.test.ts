import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createDatabase } from '../tests/postgres.ts'
import { withClient } from './connect.ts'
import { checkHistory, type MigrationEvent, migrate, plannedMigrations } from './migrate.ts'
import { type Store, storeAt } from './open.ts'

/** A folder of migrations that a test can change. */
function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-migrations-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql)
  return folder
}

function ask<T extends object>(store: Store, sql: string): Promise<T[]> {
  return withClient(store, 'owner', async owner => (await owner.query<T>(sql)).rows)
}

test('each file runs once, and a new one runs alone', async t => {
  const { database } = await createDatabase({ migrated: false })
  const directory = folderOf(t, { '0001_a.sql': 'CREATE TABLE a (n int); INSERT INTO a VALUES (1)' })
  assert.deepEqual(await migrate(database, { directory }), ['0001_a.sql'])
  assert.deepEqual(await migrate(database, { directory }), [])
  writeFileSync(join(directory, '0002_b.sql'), 'INSERT INTO a VALUES (2)')
  assert.deepEqual(await migrate(database, { directory }), ['0002_b.sql'])
  assert.deepEqual(await ask(database, 'SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }])
})

test('the plan names what would run and changes nothing', async t => {
  const { database } = await createDatabase({ migrated: false })
  const directory = folderOf(t, { '0001_a.sql': 'CREATE TABLE a ()', '0001_a.vector.sql': 'SELECT 1' })
  const plan = await plannedMigrations(database, directory)
  assert.ok(plan.includes('0001_a.sql'))
  assert.equal(plan.includes('0001_a.vector.sql'), database.capabilities.vector.available !== undefined)
  assert.deepEqual(await ask(database, `SELECT relname FROM pg_class WHERE relname IN ('a', 'schema_migrations')`), [])
  const ran = await migrate(database, { directory })
  assert.deepEqual(
    ran,
    plan.filter(step => step.endsWith('.sql')),
  )
  assert.deepEqual(await plannedMigrations(database, directory), [])
})

test('ten processes that start at once run each file once', async t => {
  const { database, url } = await createDatabase({ migrated: false })
  const directory = folderOf(t, {
    '0001_a.sql': 'CREATE TABLE a (n int); SELECT pg_sleep(0.2); INSERT INTO a VALUES (1)',
    '0002_b.sql': 'INSERT INTO a VALUES (2)',
  })
  const waited: number[] = []
  const runs = Array.from({ length: 10 }, async (_, replica) => {
    const onEvent = (event: MigrationEvent): unknown => event.kind === 'waiting' && waited.push(replica)
    return migrate(await storeAt(url), { directory, onEvent })
  })
  const applied = (await Promise.all(runs)).flat()
  assert.deepEqual(applied, ['0001_a.sql', '0002_b.sql'])
  assert.deepEqual(await ask(database, 'SELECT n FROM a ORDER BY n'), [{ n: 1 }, { n: 2 }])
  assert.ok(waited.length > 0)
})

test('a file that fails leaves nothing behind, keeps those before it, and is named with its line', async t => {
  const { database } = await createDatabase({ migrated: false })
  const directory = folderOf(t, {
    '0001_a.sql': 'CREATE TABLE a ()',
    '0002_b.sql': 'CREATE TABLE b ();\n\nINSERT INTO nowhere VALUES (1)',
  })
  await assert.rejects(migrate(database, { directory }), {
    code: 'MIGRATION_FAILED',
    message: /^0002_b\.sql did not apply: relation "nowhere" does not exist \(line 3\)$/,
  })
  assert.deepEqual(await ask(database, `SELECT relname FROM pg_class WHERE relname IN ('a', 'b')`), [{ relname: 'a' }])
  // That it ran and what it did are one transaction: where the one cannot be kept, the other is not.
  writeFileSync(
    join(directory, '0002_b.sql'),
    'CREATE TABLE b (); ALTER TABLE schema_migrations ADD CHECK (version < 2)',
  )
  await assert.rejects(migrate(database, { directory }), /check constraint/)
  assert.deepEqual(await ask(database, `SELECT relname FROM pg_class WHERE relname = 'b'`), [])
  writeFileSync(join(directory, '0002_b.sql'), 'CREATE TABLE b ()')
  assert.deepEqual(await migrate(database, { directory }), ['0002_b.sql'])
})

test('a file that was changed after it ran is refused', async t => {
  const { database } = await createDatabase({ migrated: false })
  const directory = folderOf(t, { '0001_a.sql': 'CREATE TABLE a ()' })
  await migrate(database, { directory })
  writeFileSync(join(directory, '0001_a.sql'), 'CREATE TABLE a (n int)')
  await assert.rejects(migrate(database, { directory }), {
    code: 'MIGRATION_FAILED',
    message: /^0001_a\.sql is not the file that the database was built with.*new migration/,
  })
})

test('a database of a newer release is refused', async t => {
  const { database } = await createDatabase({ migrated: false })
  const directory = folderOf(t, { '0001_a.sql': 'SELECT 1', '0002_b.sql': 'SELECT 1' })
  await migrate(database, { directory })
  rmSync(join(directory, '0002_b.sql'))
  await assert.rejects(migrate(database, { directory }), {
    code: 'MIGRATION_FAILED',
    message: /0002_b\.sql, which this release does not know: the database is newer/,
  })
})

test('a file outside of a transaction can make an index concurrently while a replica waits for its turn', async t => {
  const { database, url } = await createDatabase({ migrated: false })
  const directory = folderOf(t, {
    '0001_a.sql': 'CREATE TABLE a (n int)',
    '0002_index.sql': '-- no transaction: concurrently\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_n ON a (n)',
  })
  const other = await storeAt(url)
  const applied = await Promise.all([migrate(database, { directory }), migrate(other, { directory })])
  assert.deepEqual(applied.flat(), ['0001_a.sql', '0002_index.sql'])
  assert.deepEqual(await ask(database, `SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass`), [
    { indisvalid: true },
  ])
})

test('events tell what runs', async t => {
  const { database } = await createDatabase({ migrated: false })
  const events: string[] = []
  const onEvent = (event: MigrationEvent): unknown =>
    events.push('file' in event ? `${event.kind} ${event.file}` : event.kind)
  await migrate(database, { directory: folderOf(t, { '0001_a.sql': 'SELECT 1' }), onEvent })
  assert.deepEqual(events.slice(0, 2), ['applying 0001_a.sql', 'applied 0001_a.sql'])
})

test('history is compared by version and variant', () => {
  const migration = {
    version: 1,
    variant: '',
    file: '0001_a.sql',
    checksum: 'x',
    sql: '',
    inTransaction: true,
    isRetired: false,
  } as const
  const applied = { version: 1, variant: '', file: '0001_a.sql', checksum: 'x' } as const
  checkHistory([applied], [migration])
  assert.throws(() => checkHistory([{ ...applied, variant: 'vector' }], [migration]), /newer/)
  assert.throws(() => checkHistory([{ ...applied, checksum: 'y' }], [migration]), /not the file/)
})
