import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { createDatabase } from '../../tests/postgres.ts'
import { withClient } from '../connect.ts'
import type { Read } from '../reading.ts'
import { contrastFailures, contrastSince, contrastSlow } from './index.ts'

const TRACES = 20_000
/** One in twenty fails, all of them of one tenant that few others have, and these are slow. Two spans a trace. */
const FILL = `
  INSERT INTO telemetry_resources (resource_id, attributes) VALUES (1, '{"host.name":"worker-1"}') ON CONFLICT DO NOTHING;
  INSERT INTO span_shapes (shape_id, service, environment, operation_name, kind, flags, attributes, resource_id, scope_id, last_used)
  SELECT n, CASE WHEN n < 4 THEN 'web' ELSE 'pay' END, 'prod', CASE WHEN n < 4 THEN 'POST /buy' ELSE 'POST /charge' END, 'server', 0,
    jsonb_build_object('plan', CASE WHEN n % 2 = 0 THEN 'free' ELSE 'paid' END), 1, 1, now() FROM generate_series(0, 7) n;
  INSERT INTO spans (timestamp, duration_ms, shape_id, start_nanos, trace_id, span_id, parent_span_id, status, fingerprint, attributes)
  SELECT now() - interval '1 hour' * (1 - n::float8 / ${TRACES}), CASE WHEN n % 20 = 0 THEN 900 ELSE 10 + n % 7 END, n % 4 + 4 * s, 0,
    decode(md5(n::text), 'hex'), int8send(2 * n + s), CASE WHEN s = 1 THEN int8send(2 * n) END,
    CASE WHEN s = 1 AND n % 20 = 0 THEN 'error' ELSE 'unset' END, CASE WHEN s = 1 AND n % 20 = 0 THEN 10 END,
    CASE WHEN s = 0 THEN jsonb_build_object('order.id', 'ord-' || n, 'tenant', CASE WHEN n % 20 = 0 OR n % 9 = 0 THEN 'acme' ELSE 'other' END,
      'early', n > ${TRACES} * 0.45, 'flag', n > ${TRACES} / 2, 'later', n > ${TRACES} * 0.7) END
  FROM generate_series(1, ${TRACES}) n, generate_series(0, 1) s`

const scope = () => ({ from: new Date(Date.now() - 7_200_000), to: new Date(), env: 'prod', visible: null })

async function filled<T>(work: (client: pg.Client, read: Read) => Promise<T>): Promise<T> {
  const { database } = await createDatabase()
  return withClient(database, 'owner', async client => {
    await client.query(FILL)
    await client.query('VACUUM (ANALYZE) spans')
    return work(client, async (sql, values) => (await client.query<Record<string, unknown>>(sql, [...values])).rows)
  })
}

test('what failing spans share is found in the spans above them, and twice the same', async () => {
  await filled(async (_, read) => {
    const once = await contrastFailures(read, scope(), '000000000000000a', scope().from)
    const names = once?.shared.map(({ traits }) => traits.map(({ key, value }) => `${key}=${value}`).join())
    assert.deepEqual([once?.service, once?.operation, names], ['pay', 'POST /charge', ['tenant=acme']])
    assert.equal(once?.shared[0]?.first, once?.first)
    assert.deepEqual(await contrastFailures(read, scope(), '000000000000000a', scope().from), once)
    const slow = await contrastSlow(read, scope(), { service: 'web', operation: 'POST /buy' })
    assert.deepEqual(slow?.shared[0]?.traits, [{ key: 'tenant', value: 'acme' }])
  })
})

test('of what changed, that alone is told which came with the moment: no deploy of minutes before, none of afterwards', async () => {
  await filled(async (_, read) => {
    const at = new Date(Date.now() - 30 * 60_000)
    const found = await contrastSince(read, scope(), { service: 'pay', operation: 'POST /charge' }, at)
    const names = found?.shared.map(({ traits }) => traits.map(({ key, value }) => `${key}=${value}`).join())
    assert.deepEqual(names, ['flag=true'], JSON.stringify(found))
    assert.deepEqual(found?.explained, [])
  })
})

test('a sample of an operation costs no more pages than the table has, however many spans it is taken from', async () => {
  await filled(async client => {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM sample_spans('pay', 'POST /charge', 'prod', now() - interval '2 hours', now(), 600)`,
    )
    const plan = rows[0]!['QUERY PLAN'][0].Plan
    const pages = await client.query<{ pages: number }>(
      `WITH RECURSIVE tree AS (
         SELECT 'spans'::regclass::oid AS relid UNION ALL SELECT inhrelid FROM tree JOIN pg_inherits ON inhparent = relid)
       SELECT sum(pg_relation_size(relid) / 8192)::int AS pages FROM tree`,
    )
    const read = plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!
    assert.equal(plan['Actual Rows'], 600)
    // The catalogue is read as well, to plan.
    assert.ok(read < pages.rows[0]!.pages + 500, `${read} pages were read of ${pages.rows[0]!.pages}`)
  })
})
