import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '../../../pipeline/model/index.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { openClient, openExporter, rowsOf, sameColumns } from '../testing/exporter.ts'
import { attributes, batch, log, resource, scope, TIME } from '../testing/records.ts'

const LOGS = 'SELECT * FROM application_logs'

test('every field of a log record can be read back by SQL', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const full = log({
    resource: resource({
      'service.name': 'payment',
      'service.version': '2',
      'deployment.environment.name': 'test',
      'host.name': 'node-7',
    }),
    scope: scope({ name: 'payment.ledger' }),
    observedTimeUnixNano: TIME + 1_000_000_000n,
    severityNumber: 18,
    severityText: 'ERROR2',
    body: 'transfer failed',
    attributes: attributes({
      'request.id': 'req-1',
      'enduser.id': 42n,
      'exception.type': 'TypeError',
      'exception.message': 'x is undefined',
      'exception.stacktrace': 'TypeError: x\n  at y (z.js:1:2)',
      amount: 12.5,
    }),
    droppedAttributesCount: 9,
    flags: 1,
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    eventName: 'payment.failed',
  })

  await consume(batch('logs', 'one', [full]))

  const expected = [
    {
      timestamp: '2026-08-01T10:20:30.123456+00:00',
      time_unix_nano: TIME,
      observed_timestamp: '2026-08-01T10:20:31.123456+00:00',
      service: 'payment',
      environment: 'test',
      service_version: '2',
      hostname: 'node-7',
      request_id: 'req-1',
      user_id: '42',
      trace_id: '5b8efff798038103d269b633813fc60c',
      span_id: 'eee19b7ec3c1b174',
      level: 'error',
      severity_number: 18,
      severity_text: 'ERROR2',
      event_name: 'payment.failed',
      message: 'transfer failed',
      body: null,
      logger_name: 'payment.ledger',
      context: {
        'request.id': 'req-1',
        'enduser.id': 42,
        'exception.type': 'TypeError',
        'exception.message': 'x is undefined',
        'exception.stacktrace': 'TypeError: x\n  at y (z.js:1:2)',
        amount: 12.5,
      },
      error_type: 'TypeError',
      error_message: 'x is undefined',
      error_stack: 'TypeError: x\n  at y (z.js:1:2)',
      flags: 1,
      dropped_attributes_count: 9,
    },
  ]
  assert.deepEqual(sameColumns(await rowsOf(client, LOGS), expected), expected)
})

/** Columns of the one record that `fields` make. */
type Case = readonly [promise: string, fields: Partial<LogRecord>, columns: Record<string, unknown>]

const CASES: readonly Case[] = [
  [
    'what is not set is NULL, the level info and the message empty',
    { resource: resource(), scope: scope() },
    {
      service: 'unknown_service',
      environment: 'unknown',
      service_version: null,
      hostname: null,
      logger_name: null,
      observed_timestamp: null,
      request_id: null,
      user_id: null,
      trace_id: null,
      span_id: null,
      level: 'info',
      severity_number: 0,
      severity_text: null,
      event_name: null,
      message: '',
      body: null,
      context: {},
      error_type: null,
      error_message: null,
      error_stack: null,
    },
  ],
  [
    'a record without a time is dated by when it was observed',
    { timeUnixNano: 0n, observedTimeUnixNano: TIME },
    { timestamp: '2026-08-01T10:20:30.123456+00:00', time_unix_nano: TIME },
  ],
  [
    'the name of an event stands in for its message',
    { eventName: 'shop.opened' },
    { message: 'shop.opened', body: null },
  ],
  ['an empty body leaves the message to the event as well', { body: '', eventName: 'e' }, { message: 'e', body: null }],
  [
    'a structured body is kept as jsonb, and its JSON is the message',
    { body: attributes({ b: [1n, 'zwei\0'], a: null }), eventName: 'e' },
    { message: '{"b":[1,"zwei\ufffd"],"a":null}', body: { a: null, b: [1, 'zwei\ufffd'] } },
  ],
  ['a body that is a number', { body: 2.5 }, { message: '2.5', body: 2.5 }],
  ['a body that is false', { body: false }, { message: 'false', body: false }],
  ['a body of bytes', { body: new Uint8Array([1, 2, 3]) }, { message: '"AQID"', body: 'AQID' }],
  ['an empty map as body', { body: attributes({}) }, { message: '{}', body: {} }],
  [
    'errors are found under their other names',
    { attributes: attributes({ 'error.type': 'E', 'error.message': 'm', 'error.stack': 's' }) },
    { error_type: 'E', error_message: 'm', error_stack: 's' },
  ],
  [
    'user.id is preferred, and structures are no ids',
    { attributes: attributes({ user_id: 'c', 'user.id': 'a', 'enduser.id': 'b', request_id: attributes({ a: 1n }) }) },
    { user_id: 'a', request_id: null },
  ],
  [
    'a severity of 32 bits is kept as far as it fits',
    { severityNumber: 2 ** 31 - 1 },
    { severity_number: 32_767, level: 'info' },
  ],
  ['a negative severity', { severityNumber: -(2 ** 31) }, { severity_number: -32_767, level: 'info' }],
  [
    'times at the end of the range',
    { timeUnixNano: 2n ** 63n - 1n },
    { timestamp: '2262-04-11T23:47:16.854775+00:00' },
  ],
  ...levels([
    [1, 'trace'],
    [4, 'trace'],
    [5, 'debug'],
    [8, 'debug'],
    [9, 'info'],
    [12, 'info'],
    [13, 'warn'],
    [16, 'warn'],
    [17, 'error'],
    [20, 'error'],
    [21, 'fatal'],
    [24, 'fatal'],
    [25, 'info'],
  ]),
  ...levelTexts({
    TRACE: 'trace',
    verbose: 'trace',
    Debug: 'debug',
    DEBUG3: 'debug',
    Information: 'info',
    NOTICE: 'info',
    LOG: 'info',
    ' warning: ': 'warn',
    WARN: 'warn',
    err: 'error',
    ERROR4: 'error',
    CRITICAL: 'fatal',
    emerg: 'fatal',
    Panic: 'fatal',
    'something else': 'info',
  }),
]

function levels(cases: readonly (readonly [number, string])[]): Case[] {
  return cases.map(([severityNumber, level]) => [
    `severity number ${severityNumber} is ${level}`,
    { severityNumber },
    { level },
  ])
}

function levelTexts(cases: Record<string, string>): Case[] {
  return Object.entries(cases).map(([severityText, level]) => [
    `severity text '${severityText}' is ${level}`,
    { severityText },
    { level, severity_text: severityText },
  ])
}

test('columns follow from the fields:', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  for (const [i, [promise, fields, columns]] of CASES.entries()) {
    await t.test(promise, async () => {
      await client.query('TRUNCATE logs')
      await consume(batch('logs', `case ${i}`, [log(fields)]))
      assert.partialDeepStrictEqual((await rowsOf(client, LOGS)).at(-1), columns)
    })
  }
})

test('a record without any time is dated by its receipt', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const before = BigInt(Date.now()) * 1_000_000n
  await consume(batch('logs', 'one', [log({ timeUnixNano: 0n })]))
  const { rows } = await client.query('SELECT time_unix_nano FROM application_logs')
  const time = BigInt(rows[0].time_unix_nano)
  assert.ok(before <= time && time <= BigInt(Date.now()) * 1_000_000n, `${time}`)
})
