import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, startSensorium } from '../../../tests/sensorium-process.ts'
import { createMetrics } from './index.ts'

test('a running Sensorium has the recorded values as rows of metrics_samples', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const metrics = createMetrics({
    service: 'shop',
    environment: 'test',
    version: '1.2.3',
    endpoint: `http://127.0.0.1:${ports.http}`,
    flushIntervalMs: 60_000,
  })
  t.after(() => metrics.close(0))
  metrics.record({ name: 'requests', type: 'counter', unit: '{request}' }, { route: '/a' }, 2)
  metrics.record({ name: 'requests', type: 'counter', unit: '{request}' }, { route: '/a' }, 3)
  metrics.record({ name: 'depth', type: 'gauge', description: 'Jobs that wait' }, {}, 7.5)
  metrics.record({ name: 'latency', type: 'histogram', unit: 'ms', buckets: [10, 100] }, { route: '/a' }, 50)
  for (let id = 0; id < 2_001; id++) metrics.record({ name: 'by_id', type: 'counter' }, { id }, 1)
  assert.equal(await metrics.flush(15_000), true)
  assert.deepEqual(metrics.status(), { series: 2_004, refused: 0, overflowed: 1, sent: 1, rejected: 0 })

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  // The newest of each series: a busy server may ask for a collection again, and then has some points twice.
  const { rows } = await client.query(
    `SELECT DISTINCT ON (metric_name) metric_name, metric_type, unit, description, temporality, is_monotonic, service, environment,
            service_version, labels, value, count::int, sum, min, max, explicit_bounds, bucket_counts::int[]
     FROM metrics_samples WHERE metric_name <> 'by_id' ORDER BY metric_name, timestamp DESC`,
  )
  const common = { service: 'shop', environment: 'test', service_version: '1.2.3' }
  const expected = [
    { metric_name: 'depth', metric_type: 'gauge', description: 'Jobs that wait', labels: {}, value: 7.5 },
    {
      metric_name: 'latency',
      metric_type: 'histogram',
      unit: 'ms',
      temporality: 'cumulative',
      labels: { route: '/a' },
      count: 1,
      sum: 50,
      min: 50,
      max: 50,
      explicit_bounds: [10, 100],
      bucket_counts: [0, 1, 0],
    },
    {
      metric_name: 'requests',
      metric_type: 'sum',
      unit: '{request}',
      temporality: 'cumulative',
      is_monotonic: true,
      labels: { route: '/a' },
      value: 5,
    },
  ].map(row => ({ ...common, ...row }))
  assert.equal(rows.length, 3)
  assert.partialDeepStrictEqual(rows, expected)
  const ids = await client.query(
    `SELECT count(*)::int AS rows, sum(value)::int AS total, max(labels->>'otel.metric.overflow') AS overflow
     FROM (SELECT DISTINCT ON (labels) * FROM metrics_samples WHERE metric_name = 'by_id'
           ORDER BY labels, timestamp DESC) AS newest`,
  )
  assert.deepEqual(ids.rows, [{ rows: 2_001, total: 2_001, overflow: 'true' }])
})
