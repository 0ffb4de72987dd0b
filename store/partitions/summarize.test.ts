import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { createDatabase } from '../../tests/postgres.ts'
import { withClient } from '../connect.ts'
import { maintenanceSettings, runMaintenance } from '../maintenance/index.ts'

const ROWS = 60_000
const FILL = `
  INSERT INTO span_shapes (shape_id, service, environment, operation_name, kind, flags, attributes, resource_id, scope_id, last_used)
  VALUES (1, 'shop', 'prod', 'op', 'server', 0, '{}', 1, 1, now());
  INSERT INTO spans (timestamp, duration_ms, shape_id, start_nanos, trace_id, span_id, status)
  SELECT date_trunc('day', now()) + interval '1 day' * n / ${ROWS}, 1, 1, 0, decode(md5(n::text), 'hex'), int8send(n), 'unset'
  FROM generate_series(1, ${ROWS}) n`

/** Rows that are looked at to find those of one minute. */
async function readForAMinute(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(duration_ms) FROM spans
     WHERE timestamp > date_trunc('day', now()) + interval '9 hours' AND timestamp <= date_trunc('day', now()) + interval '9 hours 1 minute'`,
  )
  const text = rows.map(row => row['QUERY PLAN']).join('\n')
  return [...text.matchAll(/Rows Removed by (?:Index Recheck|Filter): (\d+)/g)].reduce(
    (sum, m) => sum + Number(m[1]),
    0,
  )
}

test('a minute of a partition that fills is found by its pages: the maintenance brings the indexes on time up to date', async () => {
  const { database } = await createDatabase()
  const settings = maintenanceSettings.parse({})
  const found = await withClient(database, 'owner', async owner => {
    await owner.query('SET enable_seqscan = off')
    await owner.query(FILL)
    await owner.query('SELECT pg_stat_force_next_flush()')
    const before = await readForAMinute(owner)
    const report = await runMaintenance(database, settings, { upkeepOnly: true })
    const once = await runMaintenance(database, settings, { upkeepOnly: true })
    return { before, after: await readForAMinute(owner), indexes: report?.summarized ?? [], again: once?.summarized }
  })
  assert.ok(found.before > ROWS / 2, `${found.before} rows were read before`)
  assert.ok(found.after < ROWS / 10, `${found.after} rows are read afterwards`)
  assert.ok(found.indexes.some(name => name.includes('spans')))
  assert.deepEqual(found.again, [], 'nothing is behind any more')
})
