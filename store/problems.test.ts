import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../tests/postgres.ts'
import { withClient } from './connect.ts'
import { PROBLEMS_READ_MAX, readProblems } from './problems.ts'
import { readWith } from './reading.ts'

/** Old problems that go on, more than are read, and one that began ten minutes ago and was seen once. */
const FILL = `
  INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample, severity_number, records, first_seen, last_seen)
  SELECT n, n, n, 'log', 1, 'problem ' || n, 'problem ' || n, 17, 100,
    now() - CASE WHEN n = 0 THEN interval '10 minutes' ELSE interval '9 days' END, now()
  FROM generate_series(0, ${PROBLEMS_READ_MAX + 20}) n;
  INSERT INTO buddy_observer_events (created_at, type, product, env, severity, message, attributes, resource_id, scope_id, fingerprint)
  SELECT now() - interval '10 minutes' - interval '1 s' * k, 'error', 'shop', 'prod', 'error', 'problem ' || n, '{}', 1, 1, n
  FROM generate_series(0, ${PROBLEMS_READ_MAX + 20}) n, generate_series(0, 2) k WHERE n > 0 OR k = 0`

test('of more problems than are read, one that is new is among them, however few its failures', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', async client => {
    await client.query(FILL)
    const scope = { from: new Date(Date.now() - 3_600_000), to: new Date(), env: 'prod', visible: null }
    const problems = await readProblems(readWith(client), scope, { services: null, count: 10 })
    assert.equal(problems.length, PROBLEMS_READ_MAX)
    assert.ok(problems.some(({ fingerprint, failures }) => fingerprint === '0'.repeat(16) && failures === 1))
  })
})
