import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withClient } from '../../store/connect.ts'
import { maintenanceSettings, runMaintenance } from '../../store/maintenance/index.ts'
import { migrate, plannedMigrations } from '../../store/migrate.ts'
import { MIGRATIONS_DIR, readMigrations } from '../../store/migration-files.ts'
import type { Store } from '../../store/open.ts'
import { createDatabase } from '../postgres.ts'

/**
 * These hold on every footing. TEST_DATABASE_URL says which one is tested: a server with TimescaleDB runs the variants,
 * any other one must get along without them.
 */
const TABLES = ['logs', 'metric_points', 'spans']
const PLAIN_FILES = readMigrations(MIGRATIONS_DIR).filter(({ variant }) => variant === '')

async function hypertables(store: Store): Promise<string[]> {
  if (store.capabilities.timescaledb.installed === undefined) return []
  return withClient(store, 'owner', async owner => {
    const { rows } = await owner.query<{ name: string }>(
      'SELECT hypertable_name AS name FROM timescaledb_information.hypertables WHERE hypertable_name = ANY ($1) ORDER BY 1',
      [TABLES],
    )
    return rows.map(({ name }) => name)
  })
}

/** The server as it was before somebody installed its extensions. */
function withoutExtensions(store: Store): Store {
  const none = { installed: undefined, available: undefined }
  const plain = (): Store['capabilities'] => ({
    ...store.capabilities,
    timescaledb: { ...none, preloaded: false, license: undefined },
    vector: none,
    trigram: none,
  })
  return {
    target: store.target,
    connection: role => store.connection(role),
    close: () => store.close(),
    get capabilities() {
      return plain()
    },
    async detect() {
      await store.detect()
      return plain()
    },
  }
}

async function addSpans(store: Store): Promise<void> {
  await withClient(store, 'writer', writer =>
    writer.query(
      `INSERT INTO trace_spans (timestamp, trace_id, span_id, start_time_unix_nano, end_time_unix_nano, duration_ms, service,
         environment, operation_name, kind, status, attributes, resource_id, scope_id)
       SELECT '2026-11-20'::timestamptz - n * interval '1 hour', lpad(to_hex(n), 32, '0'), lpad(to_hex(n), 16, '0'), 0, 0, n, 'shop', 'test', '', 'internal', 'ok',
         '{}', 1, 1 FROM generate_series(1, 1000) n`,
    ),
  )
}

/** Read as the reader, whose rights must reach the chunks as well. */
async function spans(store: Store): Promise<{ count: number; sum: number; oldest: string }> {
  return withClient(store, 'reader', async reader => {
    const { rows } = await reader.query<{ count: number; sum: number; oldest: string }>(
      `SELECT count(*)::int AS count, sum(duration_ms) AS sum, min(timestamp)::date::text AS oldest FROM trace_spans`,
    )
    return rows[0]!
  })
}

test('the telemetry tables are hypertables where the server can, and work the same where it cannot', async () => {
  const { database } = await createDatabase()
  const { footing, timescaledb } = database.capabilities
  const isTimescale = timescaledb.available !== undefined && timescaledb.preloaded
  assert.equal(footing, isTimescale ? `timescale_${timescaledb.license}` : 'postgres')
  assert.deepEqual(await hypertables(database), isTimescale ? TABLES : [])
  await addSpans(database)
  assert.equal((await spans(database)).count, 1000)
})

test('a plain database becomes a Timescale one with all its data when the extension arrives', async () => {
  const { database } = await createDatabase({ migrated: false })
  const plain = withoutExtensions(database)
  assert.deepEqual(
    await migrate(plain),
    PLAIN_FILES.map(({ file }) => file),
  )
  assert.deepEqual(await hypertables(plain), [])
  await addSpans(database)
  const before = await spans(database)
  assert.deepEqual([before.count, before.sum], [1000, 500_500])

  const isTimescale = database.capabilities.timescaledb.available !== undefined
  const planned = await plannedMigrations(database)
  assert.equal(
    planned.includes('spans becomes a hypertable'),
    isTimescale && database.capabilities.timescaledb.installed !== undefined,
  )
  await migrate(database)
  assert.deepEqual(await hypertables(database), isTimescale ? TABLES : [])
  assert.deepEqual(await spans(database), before)
  assert.deepEqual(await migrate(database), [])
})

test('retention drops whole chunks where there are chunks', async () => {
  const { database } = await createDatabase()
  await addSpans(database)
  const now = new Date('2026-11-20T00:00:00Z')
  const report = await runMaintenance(database, maintenanceSettings.parse({ traces_days: 7 }), { now })
  const left = await spans(database)
  const isTimescale = (await hypertables(database)).length > 0
  // 1000 hours reach back over 42 days: 35 of them are expired, and a chunk goes when all of it is.
  // Without chunks they came when they had expired: no partition was ever theirs.
  assert.equal(report?.dropped.spans, isTimescale ? 35 : undefined)
  assert.equal(report?.deleted.spans, isTimescale ? undefined : 1000 - 7 * 24)
  assert.deepEqual([left.count, left.oldest], [7 * 24, '2026-11-13'])
})
