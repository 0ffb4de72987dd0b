import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { withClient } from '../connect.ts'
import { maintenanceSettings, runMaintenance } from '../maintenance/index.ts'
import { storeStatus } from './index.ts'

const settings = maintenanceSettings.parse({})
const DAY_MS = 24 * 3_600_000

test('what the status says the next run drops is what it drops, and the rest is told right', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', owner =>
    owner.query(`INSERT INTO test_failures (timestamp, run_id, repository, test_name, outcome, attempt, error_message,
        environment, attributes, resource_id, scope_id)
      SELECT now() - n * interval '1 day', 'r', 'r', 't', 'failed', 1, '', 'e', '{}', 1, 1 FROM generate_series(0, 99) n`),
  )
  // Gives the odd rows their ranges; nothing has expired yet.
  await runMaintenance(database, settings)
  const later = new Date(Date.now() + 330 * DAY_MS)
  const before = await storeStatus(database, settings, { now: later, disk: { freeBytes: 1e12, totalBytes: 2e12 } })
  const failures = before.tables.find(({ table }) => table === 'test_failures')!
  assert.equal(failures.keep_days, 365)
  assert.equal(failures.oldest_row?.slice(0, 10), new Date(Date.now() - 99 * DAY_MS).toISOString().slice(0, 10))
  assert.ok(failures.next_run_drops.parts > 0 && failures.next_run_drops.bytes > 0)
  assert.deepEqual(before.disk, { free_bytes: 1e12, total_bytes: 2e12, full_on: null })
  const report = await runMaintenance(database, settings, { now: later })
  assert.equal(report?.dropped.test_failures, failures.next_run_drops.parts)
  const after = await storeStatus(database, settings, { now: later })
  assert.equal(after.tables.find(({ table }) => table === 'test_failures')?.next_run_drops.parts, 0)
  assert.equal(after.disk, null)
  const { rows } = await withClient(database, 'owner', owner =>
    owner.query(`SELECT count(*)::int AS left FROM test_failures`),
  )
  await withClient(database, 'owner', owner => owner.query('ANALYZE test_failures'))
  const exact = await storeStatus(database, settings, { now: later })
  assert.equal(exact.tables.find(({ table }) => table === 'test_failures')?.rows, rows[0].left)
})
