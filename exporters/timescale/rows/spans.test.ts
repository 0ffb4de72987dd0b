import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Span } from '../../../pipeline/model/index.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { openClient, openExporter, rowsOf, sameColumns } from '../testing/exporter.ts'
import { attributes, batch, resource, scope, span, TIME } from '../testing/records.ts'

test('every field of a span can be read back by SQL', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const full = span({
    resource: resource(
      { 'service.name': 'checkout', 'service.version': '1.4.2', 'deployment.environment.name': 'production' },
      {
        droppedAttributesCount: 3,
        schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
        entityRefs: [{ schemaUrl: 'u', type: 'host', idKeys: ['host.id'], descriptionKeys: ['host.name'] }],
      },
    ),
    scope: scope({
      name: 'http',
      version: '2.0',
      attributes: attributes({ x: 1n }),
      droppedAttributesCount: 4,
      schemaUrl: 's',
    }),
    parentSpanId: '00f067aa0ba902b7',
    traceState: 'rojo=1,congo=t61',
    flags: 0xffff_ffff,
    name: 'GET /cart/{id}',
    kind: 2,
    endTimeUnixNano: TIME + 1_500_001n,
    attributes: attributes({
      'http.request.header.x-request-id': ['req-7', 'req-8'],
      text: 'grüße "quoted" \\ \n \u0007',
      large: 9_223_372_036_854_775_807n,
      double: 0.1,
      nan: Number.NaN,
      yes: true,
      bytes: new Uint8Array([0, 255, 16]),
      list: ['a', 1n, null, [2.5]],
      map: attributes({ inner: attributes({ deep: -1n }) }),
      nothing: null,
    }),
    droppedAttributesCount: 5,
    events: [
      {
        timeUnixNano: TIME + 1n,
        name: 'exception',
        attributes: attributes({ 'exception.type': 'E' }),
        droppedAttributesCount: 1,
      },
      { timeUnixNano: 0n, name: '', attributes: attributes({}), droppedAttributesCount: 0 },
    ],
    droppedEventsCount: 6,
    links: [
      {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        traceState: 'a=b',
        attributes: attributes({ why: 'batch' }),
        droppedAttributesCount: 2,
        flags: 257,
      },
    ],
    droppedLinksCount: 7,
    statusCode: 2,
    statusMessage: 'no such cart',
  })

  await consume(batch('traces', 'one', [full]))

  const expected = [
    {
      timestamp: '2026-08-01T10:20:30.123456+00:00',
      start_time_unix_nano: TIME,
      end_time_unix_nano: TIME + 1_500_001n,
      duration_ms: 1.500001,
      trace_id: '5b8efff798038103d269b633813fc60c',
      span_id: 'eee19b7ec3c1b174',
      parent_span_id: '00f067aa0ba902b7',
      service: 'checkout',
      environment: 'production',
      service_version: '1.4.2',
      operation_name: 'GET /cart/{id}',
      kind: 'server',
      status: 'error',
      status_message: 'no such cart',
      request_id: 'req-7',
      attributes: {
        'http.request.header.x-request-id': ['req-7', 'req-8'],
        text: 'grüße "quoted" \\ \n \u0007',
        large: 9_223_372_036_854_775_807n,
        double: 0.1,
        nan: 'NaN',
        yes: true,
        bytes: 'AP8Q',
        list: ['a', 1, null, [2.5]],
        map: { inner: { deep: -1 } },
        nothing: null,
      },
      events: [
        {
          time_unix_nano: TIME + 1n,
          name: 'exception',
          attributes: { 'exception.type': 'E' },
          dropped_attributes_count: 1,
        },
        { time_unix_nano: 0, name: '', attributes: {}, dropped_attributes_count: 0 },
      ],
      links: [
        {
          trace_id: '0af7651916cd43dd8448eb211c80319c',
          span_id: 'b7ad6b7169203331',
          trace_state: 'a=b',
          attributes: { why: 'batch' },
          dropped_attributes_count: 2,
          flags: 257,
        },
      ],
      trace_state: 'rojo=1,congo=t61',
      flags: 4_294_967_295,
      dropped_attributes_count: 5,
      dropped_events_count: 6,
      dropped_links_count: 7,
      resource: {
        attributes: {
          'service.name': 'checkout',
          'service.version': '1.4.2',
          'deployment.environment.name': 'production',
        },
        dropped_attributes_count: 3,
        schema_url: 'https://opentelemetry.io/schemas/1.30.0',
        entity_refs: [{ schema_url: 'u', type: 'host', id_keys: ['host.id'], description_keys: ['host.name'] }],
      },
      scope: { name: 'http', version: '2.0', attributes: { x: 1 }, dropped_attributes_count: 4, schema_url: 's' },
    },
  ]
  assert.deepEqual(sameColumns(await rowsOf(client, SPANS), expected), expected)
})

const SPANS = `
  SELECT s.*, to_jsonb(r) - 'resource_id' - 'first_seen' AS resource, to_jsonb(c) - 'scope_id' - 'first_seen' AS scope
  FROM (SELECT * FROM trace_spans ORDER BY start_time_unix_nano, operation_name) AS s
  JOIN telemetry_resources r USING (resource_id) JOIN telemetry_scopes c USING (scope_id)`

/** Columns of the one span that `fields` make. */
type Case = readonly [promise: string, fields: Partial<Span>, columns: Record<string, unknown>]

const long = (length: number) => 'x'.repeat(length)
const CASES: readonly Case[] = [
  [
    'what is not set is NULL, and counts are 0',
    { resource: resource(), scope: scope() },
    {
      service: 'unknown_service',
      environment: 'unknown',
      service_version: null,
      parent_span_id: null,
      status_message: null,
      request_id: null,
      events: null,
      links: null,
      trace_state: null,
      attributes: {},
      kind: 'unspecified',
      status: 'unset',
      flags: 0,
      duration_ms: 0,
    },
  ],
  [
    'the former name of the environment counts as well',
    { resource: resource({ 'deployment.environment': 'staging' }) },
    { environment: 'staging', service: 'unknown_service' },
  ],
  [
    'a span without a start is dated by its end, and took no known time',
    { startTimeUnixNano: 0n },
    {
      timestamp: '2026-08-01T10:20:30.123456+00:00',
      start_time_unix_nano: 0,
      end_time_unix_nano: TIME,
      duration_ms: 0,
    },
  ],
  [
    'a span that has not ended took no known time',
    { endTimeUnixNano: 0n },
    { start_time_unix_nano: TIME, end_time_unix_nano: 0, duration_ms: 0 },
  ],
  [
    'the last nanosecond of 64 signed bits is kept',
    { startTimeUnixNano: 2n ** 63n - 1n, endTimeUnixNano: 2n ** 63n - 1n },
    { timestamp: '2262-04-11T23:47:16.854775+00:00', end_time_unix_nano: 2n ** 63n - 1n },
  ],
  [
    'the first nanosecond is kept',
    { startTimeUnixNano: 1n, endTimeUnixNano: 1_000_001n },
    { timestamp: '1970-01-01T00:00:00+00:00', start_time_unix_nano: 1, duration_ms: 1 },
  ],
  [
    'a clock that ran backwards shows as such',
    { startTimeUnixNano: TIME, endTimeUnixNano: TIME - 2_000_000n },
    { duration_ms: -2 },
  ],
  [
    'counts past 31 bits become the largest that the column has',
    { droppedAttributesCount: 2 ** 32 - 1, droppedEventsCount: 2 ** 31, droppedLinksCount: 2 ** 31 - 1 },
    { dropped_attributes_count: 2147483647, dropped_events_count: 2147483647, dropped_links_count: 2147483647 },
  ],
  ['a kind and a status of the future keep their numbers', { kind: 9, statusCode: 7 }, { kind: '9', status: '7' }],
  ['a producer that succeeded', { kind: 4, statusCode: 1 }, { kind: 'producer', status: 'ok' }],
  [
    'NUL and lone surrogates become U+FFFD, in columns, keys and values',
    {
      name: 'a\0b\ud800',
      statusMessage: '\0',
      attributes: attributes({ 'k\0': 'v\0\udfff', 'long\0key for the other path': 'x' }),
    },
    {
      operation_name: 'a\ufffdb\ufffd',
      status_message: '\ufffd',
      attributes: { 'k\ufffd': 'v\ufffd\ufffd', 'long\ufffdkey for the other path': 'x' },
    },
  ],
  [
    'an over-long name is cut, stays distinct, and is whole among the attributes',
    { name: `${long(300)}1`, attributes: attributes({ a: 'b' }) },
    {
      // SHA-256 of the name, by sha256sum.
      operation_name: `${long(238)}~8ab7b905bc5402e5`,
      attributes: { a: 'b', 'sensorium.operation_name': `${long(300)}1` },
    },
  ],
  [
    'request_id is preferred to request.id to http.request.id',
    { attributes: attributes({ 'http.request.id': 'c', 'request.id': 'b', request_id: 'a' }) },
    { request_id: 'a' },
  ],
  [
    'an empty request id is passed over',
    { attributes: attributes({ request_id: '', 'request.id': 7n }) },
    { request_id: '7' },
  ],
]

test('columns follow from the fields:', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  for (const [i, [promise, fields, columns]] of CASES.entries()) {
    await t.test(promise, async () => {
      await consume(batch('traces', `case ${i}`, [span({ ...fields, spanId: `${i + 10}` })]))
      const [row] = await rowsOf(client, `SELECT * FROM (${SPANS}) AS s WHERE span_id = '${i + 10}'`)
      assert.partialDeepStrictEqual(row, columns)
    })
  }
})
