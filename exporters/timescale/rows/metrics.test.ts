import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricPoint } from '../../../pipeline/model/index.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { openClient, openExporter, rowsOf, sameColumns } from '../testing/exporter.ts'
import { attributes, batch, metric, point, resource, TIME } from '../testing/records.ts'

const POINTS = 'SELECT * FROM metrics_samples'

const NO_VALUE = {
  value: null,
  value_int: null,
  count: null,
  sum: null,
  min: null,
  max: null,
  explicit_bounds: null,
  bucket_counts: null,
  scale: null,
  zero_count: null,
  zero_threshold: null,
  positive_offset: null,
  positive_bucket_counts: null,
  negative_offset: null,
  negative_bucket_counts: null,
  quantile_values: null,
}

test('every field of a data point can be read back by SQL', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const full = point({
    resource: resource({ 'service.name': 'cart', 'service.version': '3', 'deployment.environment.name': 'test' }),
    metric: metric({
      name: 'http.server.requests',
      description: 'Requests that were answered.',
      unit: '{request}',
      metadata: attributes({ 'prometheus.type': 'counter' }),
      type: 'sum',
      temporality: 2,
      isMonotonic: true,
    }),
    attributes: attributes({ 'http.route': '/cart', 'http.status': 200n }),
    startTimeUnixNano: TIME - 60_000_000_000n,
    flags: 1,
    exemplars: [
      {
        filteredAttributes: attributes({ user: 'u' }),
        timeUnixNano: TIME + 1n,
        value: -(2n ** 63n),
        spanId: 'eee19b7ec3c1b174',
        traceId: '5b8efff798038103d269b633813fc60c',
      },
      { filteredAttributes: attributes({}), timeUnixNano: 0n, value: 0.5, spanId: '', traceId: '' },
      { filteredAttributes: attributes({}), timeUnixNano: 0n, value: null, spanId: '', traceId: '' },
    ],
    value: { kind: 'number', value: 2n ** 63n - 1n },
  })

  await consume(batch('metrics', 'one', [full]))

  const expected = [
    {
      ...NO_VALUE,
      timestamp: '2026-08-01T10:20:30.123456+00:00',
      start_timestamp: '2026-08-01T10:19:30.123456+00:00',
      metric_name: 'http.server.requests',
      metric_type: 'sum',
      unit: '{request}',
      description: 'Requests that were answered.',
      metadata: { 'prometheus.type': 'counter' },
      temporality: 'cumulative',
      is_monotonic: true,
      service: 'cart',
      environment: 'test',
      service_version: '3',
      labels: { 'http.route': '/cart', 'http.status': 200 },
      // The nearest double of 2^63 - 1 in as many digits as Postgres prints.
      value: 9_223_372_036_854_776_000n,
      value_int: 2n ** 63n - 1n,
      exemplars: [
        {
          time_unix_nano: TIME + 1n,
          value: -(2n ** 63n),
          trace_id: '5b8efff798038103d269b633813fc60c',
          span_id: 'eee19b7ec3c1b174',
          filtered_attributes: { user: 'u' },
        },
        { time_unix_nano: 0, value: 0.5, trace_id: '', span_id: '', filtered_attributes: {} },
        { time_unix_nano: 0, value: null, trace_id: '', span_id: '', filtered_attributes: {} },
      ],
      flags: 1,
    },
  ]
  assert.deepEqual(sameColumns(await rowsOf(client, POINTS), expected), expected)
})

/** Columns of the one point that `fields` make. */
type Case = readonly [promise: string, fields: Partial<MetricPoint>, columns: Record<string, unknown>]

const long = 'm'.repeat(256)
const CASES: readonly Case[] = [
  [
    'what is not set is NULL',
    { resource: resource(), value: { kind: 'number', value: null } },
    {
      ...NO_VALUE,
      start_timestamp: null,
      unit: null,
      description: null,
      metadata: null,
      temporality: null,
      is_monotonic: null,
      service: 'unknown_service',
      environment: 'unknown',
      labels: {},
      exemplars: null,
      metric_type: 'gauge',
    },
  ],
  ['a double', { value: { kind: 'number', value: -0.25 } }, { value: -0.25, value_int: null }],
  ['NaN', { value: { kind: 'number', value: Number.NaN } }, { value: 'NaN' }],
  ['minus infinity', { value: { kind: 'number', value: -Infinity } }, { value: '-Infinity' }],
  ['the smallest double', { value: { kind: 'number', value: 5e-324 } }, { value: 5e-324 }],
  ['the smallest integer', { value: { kind: 'number', value: -(2n ** 63n) } }, { value_int: -(2n ** 63n) }],
  [
    'a delta sum that may fall',
    { metric: metric({ type: 'sum', temporality: 1 }) },
    { metric_type: 'sum', temporality: 'delta', is_monotonic: false },
  ],
  [
    'a histogram',
    {
      metric: metric({ type: 'histogram', temporality: 1 }),
      value: {
        kind: 'histogram',
        count: 2n ** 63n - 1n,
        sum: 12.5,
        min: -1,
        max: undefined,
        bucketCounts: [0n, 2n ** 53n + 1n, 3n],
        explicitBounds: [-0.5, 1e300],
      },
    },
    {
      ...NO_VALUE,
      metric_type: 'histogram',
      count: 2n ** 63n - 1n,
      sum: 12.5,
      min: -1,
      bucket_counts: [0, 2n ** 53n + 1n, 3],
      explicit_bounds: [-0.5, 1e300],
    },
  ],
  [
    'a histogram without buckets has empty ones, not unknown ones',
    {
      metric: metric({ type: 'histogram' }),
      value: {
        kind: 'histogram',
        count: 0n,
        sum: undefined,
        min: undefined,
        max: undefined,
        bucketCounts: [],
        explicitBounds: [],
      },
    },
    { ...NO_VALUE, count: 0, bucket_counts: [], explicit_bounds: [] },
  ],
  [
    'an exponential histogram',
    {
      metric: metric({ type: 'exponential_histogram', temporality: 2 }),
      value: {
        kind: 'exponential_histogram',
        count: 10n,
        sum: undefined,
        min: 0.5,
        max: 8,
        scale: -11,
        zeroCount: 2n,
        zeroThreshold: 1e-9,
        positive: { offset: -2147483648, bucketCounts: [1n, 2n] },
        negative: { offset: 2147483647, bucketCounts: [] },
      },
    },
    {
      ...NO_VALUE,
      metric_type: 'exponential_histogram',
      temporality: 'cumulative',
      count: 10,
      min: 0.5,
      max: 8,
      scale: -11,
      zero_count: 2,
      zero_threshold: 1e-9,
      positive_offset: -2147483648,
      positive_bucket_counts: [1, 2],
      negative_offset: 2147483647,
      negative_bucket_counts: [],
    },
  ],
  [
    'a summary',
    {
      metric: metric({ type: 'summary' }),
      value: {
        kind: 'summary',
        count: 3n,
        sum: Number.NaN,
        quantiles: [
          { quantile: 0.5, value: 1 },
          { quantile: 1, value: Infinity },
        ],
      },
    },
    {
      ...NO_VALUE,
      metric_type: 'summary',
      count: 3,
      sum: 'NaN',
      quantile_values: [
        { quantile: 0.5, value: 1 },
        { quantile: 1, value: 'Infinity' },
      ],
    },
  ],
  [
    'an over-long name is cut, stays distinct, and is whole among the labels',
    { metric: metric({ name: long }), attributes: attributes({ a: 'b' }) },
    { metric_name: `${'m'.repeat(238)}~04e6003138b0493d`, labels: { a: 'b', 'sensorium.metric_name': long } },
  ],
]

test('columns follow from the fields:', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  for (const [i, [promise, fields, columns]] of CASES.entries()) {
    await t.test(promise, async () => {
      await client.query('TRUNCATE metric_points')
      await consume(batch('metrics', `case ${i}`, [point(fields)]))
      assert.partialDeepStrictEqual((await rowsOf(client, POINTS)).at(-1), columns)
    })
  }
})
