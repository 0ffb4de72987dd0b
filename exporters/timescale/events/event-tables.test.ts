import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type pg from 'pg'
import { RejectedRecordsError } from '../../../pipeline/errors.ts'
import type { AttributeValue, LogRecord } from '../../../pipeline/model/index.ts'
import { queryReadOnly } from '../../../store/query.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { anyValue } from '../testing/arbitraries.ts'
import { openClient, openExporter, rowsOf, sameColumns } from '../testing/exporter.ts'
import { attributes, batch, log, resource, TIME } from '../testing/records.ts'
import { BUILT_IN_TABLES } from './built-in.ts'
import { eventTables } from './config.ts'
import { createEventTable, eventTableFinder } from './tables.ts'

const RESOURCE = resource({ 'service.name': 'shop', 'deployment.environment.name': 'prod', 'service.version': '4.2' })

/** The account of a receiver that knows who sends all of it. */
const TRUSTED = { vouchesFor: ['*'] }

const PAYMENTS = `CREATE TABLE payments (
  timestamp timestamptz NOT NULL, service text NOT NULL, environment text NOT NULL, service_version text,
  fingerprint bigint, resource_id bigint NOT NULL, scope_id bigint NOT NULL, attributes jsonb NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(), payer varchar(20), amount double precision, cents integer, tries smallint,
  paid_at timestamptz, is_refund boolean, receipt bytea, basket jsonb, reference uuid, words text)`
const COLUMNS = {
  payer: ['attributes.payer', 'resource.customer'],
  amount: 'attributes.amount',
  cents: 'attributes.cents',
  tries: 'attributes.tries',
  paid_at: 'attributes.paid_at',
  is_refund: 'attributes.is_refund',
  receipt: 'attributes.receipt',
  basket: 'attributes.basket',
  reference: 'attributes.reference',
  words: 'message',
}
const CONFIG = { payments: { events: ['payment.*', 'refund'], columns: COLUMNS } }

async function open(t: TestContext, ddl: string, config: object) {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(ddl)
  const exporter = await openExporter(t, database, { config: { event_tables: eventTables.parse(config) } })
  return { client, database, ...exporter }
}

function payment(values: Record<string, AttributeValue>, fields: Partial<LogRecord> = {}): LogRecord {
  return log({ resource: RESOURCE, eventName: 'payment.made', attributes: attributes(values), ...fields })
}

async function count(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::int AS n FROM ${table}`)
  return rows[0].n
}

test('a table of one’s own is filled column by column, and what no column takes is in its attributes', async t => {
  const { client, consume } = await open(t, PAYMENTS, CONFIG)
  const full = payment(
    {
      payer: 'ada',
      amount: 12.5,
      cents: 1250n,
      tries: '3',
      paid_at: '2026-11-21T10:00:00.250+01:00',
      is_refund: false,
      receipt: new Uint8Array([1, 255]),
      basket: ['a', 2n, null],
      reference: '0f8fad5b-d9cb-469f-a165-70867728950e',
      colour: 'red',
    },
    {
      body: 'paid',
      severityNumber: 9,
      traceId: 'ab'.repeat(16),
      fingerprint: { id: -5n, kind: 'log', version: 1, template: 'paid' },
    },
  )
  await consume(batch('logs', 'one', [full]))
  assert.deepEqual(
    (await rowsOf(client, 'SELECT * FROM payments')).map(row => ({ ...(row as object), id: 'generated' })),
    [
      {
        timestamp: '2026-08-01T10:20:30.123456+00:00',
        service: 'shop',
        environment: 'prod',
        service_version: '4.2',
        fingerprint: -5,
        id: 'generated',
        payer: 'ada',
        amount: 12.5,
        cents: 1250,
        tries: 3,
        paid_at: '2026-11-21T09:00:00.25+00:00',
        is_refund: false,
        receipt: '\\x01ff',
        basket: ['a', 2, null],
        reference: '0f8fad5b-d9cb-469f-a165-70867728950e',
        words: 'paid',
        attributes: {
          colour: 'red',
          'record.event_name': 'payment.made',
          'record.severity_number': 9,
          'record.trace_id': 'ab'.repeat(16),
        },
      },
    ],
  )
})

test('of several sources the first with a value counts; without one the column is empty', async t => {
  const { client, consume } = await open(t, PAYMENTS, CONFIG)
  const customer = resource({ 'service.name': 'shop', customer: 'bob' })
  await consume(
    batch('logs', 'one', [
      payment({}, { resource: customer, timeUnixNano: TIME }),
      payment({ payer: '' }, { resource: customer, timeUnixNano: TIME + 1_000n }),
      payment({}, { eventName: 'refund', timeUnixNano: TIME + 2_000n }),
    ]),
  )
  assert.deepEqual(
    sameColumns(
      await rowsOf(client, 'SELECT payer, words, environment FROM payments ORDER BY timestamp'),
      Array(3).fill({ payer: '', words: '', environment: '' }),
    ),
    [
      { payer: 'bob', words: 'payment.made', environment: 'unknown' },
      { payer: 'bob', words: 'payment.made', environment: 'unknown' },
      { payer: null, words: 'refund', environment: 'prod' },
    ],
  )
})

test('a value that another source came before is kept with the rest', async t => {
  const config = {
    payments: { ...CONFIG.payments, columns: { ...COLUMNS, payer: ['attributes.payer', 'attributes.user'] } },
  }
  const { client, consume } = await open(t, PAYMENTS, config)
  await consume(
    batch('logs', 'one', [
      payment({ payer: 'ada', user: 'bob' }, { timeUnixNano: TIME }),
      payment({ user: 'bob' }, { timeUnixNano: TIME + 1_000n }),
    ]),
  )
  assert.deepEqual(await rowsOf(client, `SELECT payer, attributes->'user' AS rest FROM payments ORDER BY timestamp`), [
    { payer: 'ada', rest: 'bob' },
    { payer: 'bob', rest: null },
  ])
})

test('every record lands in exactly one table, the books say so, and a resend is stored once', async t => {
  const { client, consume, booked } = await open(t, PAYMENTS, CONFIG)
  const request = batch('logs', 'one', [
    log({ body: 'plain' }),
    payment({}),
    log({ eventName: 'unmapped.event' }),
    payment({}, { eventName: 'paymentless' }),
    payment({}, { eventName: 'refund' }),
    log({ body: 'plain too' }),
  ])
  await consume(request)
  await consume(request)
  assert.deepEqual([await count(client, 'application_logs'), await count(client, 'payments')], [4, 2])
  assert.deepEqual(Object.fromEntries(booked), { 'stored timescale': 6, 'deduplicated timescale': 6 })
  assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_accounting'), [
    { accepted: 12, stored: 6, deduplicated: 6, unaccounted: 0 },
  ])
})

const MISFITS: readonly (readonly [Record<string, AttributeValue>, RegExp])[] = [
  [{ cents: 1.5 }, /attributes\.cents is "1\.5"; the column cents takes an integer from -2147483648 to 2147483647/],
  [{ cents: 2_147_483_648n }, /the column cents takes an integer/],
  [{ tries: 40_000n }, /from -32768 to 32767/],
  [{ amount: 'much' }, /attributes\.amount is "much"; the column amount takes a number/],
  [{ paid_at: 'today' }, /takes a time: ISO 8601/],
  [{ paid_at: '2026-11-21T10:00:00' }, /takes a time: ISO 8601 with its offset/],
  [{ is_refund: 'maybe' }, /takes true or false/],
  [{ receipt: 'text' }, /takes bytes/],
  [{ reference: '17' }, /takes a UUID/],
  [{ payer: 'x'.repeat(21) }, /too long for type character varying\(20\)/],
]
for (const [values, message] of MISFITS) {
  test(`a value that does not fit is a dead letter, its neighbours are stored: ${Object.entries(values).join()}`, async t => {
    const { client, consume } = await open(t, PAYMENTS, CONFIG)
    const request = batch('logs', 'one', [payment({ payer: 'a' }), payment(values), log({ body: 'plain' })])
    await assert.rejects(consume(request), error => error instanceof RejectedRecordsError && error.rejected === 1)
    const { rows: letters } = await client.query(
      `SELECT message, convert_from(payload, 'UTF8') AS payload FROM dead_letters`,
    )
    assert.equal(letters.length, 1)
    assert.match(letters[0].message, message)
    assert.deepEqual([await count(client, 'application_logs'), await count(client, 'payments')], [1, 1])
    assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_accounting'), [
      { accepted: 2, stored: 2, rejected: 1, unaccounted: 0 },
    ])
  })
}

test('what the database refuses of an event table is not counted among its sightings', async t => {
  const { client, consume } = await open(t, `${PAYMENTS}; ALTER TABLE payments ADD CHECK (payer <> 'eve')`, CONFIG)
  const fingerprint = { id: 7n, kind: 'log', version: 1, template: 'paid' } as const
  const request = batch(
    'logs',
    'one',
    ['ada', 'eve', 'eve'].map(payer => payment({ payer }, { fingerprint })),
  )
  await assert.rejects(consume(request), error => error instanceof RejectedRecordsError && error.rejected === 2)
  assert.deepEqual(await rowsOf(client, 'SELECT service, environment, records FROM fingerprint_counts'), [
    { service: 'shop', environment: 'prod', records: 1 },
  ])
})

test('a required column without a value makes a dead letter that says what to send', async t => {
  const { client, consume } = await open(t, PAYMENTS, CONFIG)
  const run = log({ resource: RESOURCE, eventName: 'ci.test_run', attributes: attributes({ 'ci.run_id': 'r-1' }) })
  await assert.rejects(consume(batch('logs', 'one', [run], TRUSTED)), RejectedRecordsError)
  assert.match(
    (await client.query('SELECT message FROM dead_letters')).rows[0].message,
    /the event has no attributes\.vcs\.ref\.head\.name, which branch needs/,
  )
})

test('text in an indexed column is bounded, so that no length of it is refused', async t => {
  const { client, consume } = await open(t, `${PAYMENTS}; CREATE INDEX ON payments (words, timestamp)`, CONFIG)
  await consume(batch('logs', 'one', [payment({}, { body: 'é'.repeat(5_000) })]))
  assert.deepEqual(await rowsOf(client, 'SELECT length(words) AS chars FROM payments'), [{ chars: 255 }])
})

test('row security: the writer stores and the reader reads application events, anyone else sees none', async t => {
  const { client, database, consume } = await open(t, PAYMENTS, CONFIG)
  const deal = log({ resource: RESOURCE, eventName: 'observer.deal.error', body: 'memo', severityNumber: 17 })
  await consume(batch('logs', 'one', [deal], TRUSTED))
  await consume(batch('logs', 'two', [deal, payment({}), deal], TRUSTED))
  assert.deepEqual((await queryReadOnly(database.database, 'SELECT count(*) FROM buddy_observer_events')).rows, [[3]])
  const stranger = `stranger_${process.pid}`
  await client.query(
    `CREATE ROLE ${stranger}; GRANT SELECT ON buddy_observer_events TO ${stranger}; SET ROLE ${stranger}`,
  )
  assert.equal(await count(client, 'buddy_observer_events'), 0)
  await client.query(`RESET ROLE; DROP OWNED BY ${stranger}; DROP ROLE ${stranger}`)
})

test('an event fills its table only through a receiver that may; from another it is an ordinary log, and that is counted', async t => {
  const { client, consume } = await open(t, PAYMENTS, {
    payments: { ...CONFIG.payments, receivers: ['otlp/payments'] },
  })
  const forged = ['mcp.call', 'observer.deal.error', 'ci.test_run', 'node.error', 'payment.made'].map(eventName =>
    log({ resource: RESOURCE, eventName, body: 'forged', attributes: attributes({ 'mcp.principal': 'alice' }) }),
  )
  const deal = log({ resource: RESOURCE, eventName: 'observer.deal.error', body: 'honest' })
  const CASES = [
    [forged, { receiver: 'otlp' }, 5],
    [forged, { receiver: 'loki' }, 5],
    [[deal], { receiver: 'observer/europe' }, 0],
    [[payment({})], { receiver: 'otlp/payments' }, 0],
    [[payment({})], { receiver: 'otlp/paymentsX' }, 1],
    [[deal, ...forged.slice(0, 1)], { receiver: 'otlp/edge', vouchesFor: ['observer.*', 'mcp.calls'] }, 1],
  ] as const
  for (const [i, [records, account, unvouched]] of CASES.entries()) {
    await consume(batch('logs', `request ${i}`, records, account))
    const { rows } = await client.query('SELECT unvouched, stored FROM ingest_ledger WHERE batch_id = $1', [
      `request ${i}`,
    ])
    assert.deepEqual(rows, [{ unvouched, stored: records.length }])
  }
  const tables = ['mcp_calls', 'buddy_observer_events', 'payments', 'application_logs']
  assert.deepEqual(await Promise.all(tables.map(table => count(client, table))), [0, 2, 1, 12])
})

const FAULTS: readonly (readonly [string, string, object, RegExp])[] = [
  ['no table', '', CONFIG, /has no table payments/],
  [
    'no column',
    PAYMENTS.replace('cents integer, ', ''),
    CONFIG,
    /payments has no column cents \(for attributes\.cents\)/,
  ],
  [
    'no place for the attributes',
    PAYMENTS.replace('attributes jsonb', 'attribute jsonb'),
    CONFIG,
    /no column attributes/,
  ],
  [
    'a type that cannot be filled',
    PAYMENTS.replace('basket jsonb', 'basket text[]'),
    CONFIG,
    /basket is of type text\[\]; it must be one of text/,
  ],
  ['all attributes in a text', PAYMENTS.replace('attributes jsonb', 'attributes text'), CONFIG, /it must be jsonb/],
  [
    'a column that needs a value and gets none',
    PAYMENTS.replace('words text', 'words text, shop text NOT NULL'),
    CONFIG,
    /payments\.shop must have a value/,
  ],
  [
    'a generated column',
    PAYMENTS.replace('words text', `words text GENERATED ALWAYS AS ('x') STORED`),
    CONFIG,
    /words is generated/,
  ],
  [
    'one event in two tables',
    PAYMENTS,
    { payments: { ...CONFIG.payments, events: ['ci.test_run'] } },
    /ci\.test_run goes into test_runs and payments/,
  ],
]
for (const [name, ddl, config, message] of FAULTS) {
  test(`the start fails and says what to mend: ${name}`, async t => {
    await assert.rejects(open(t, ddl, config), message)
  })
}

test('an exact name counts before a beginning, and a longer beginning before a shorter one', () => {
  const table = (name: string, ...events: string[]) =>
    createEventTable(name, eventTables.parse({ [name]: { events } })[name]!, [])
  const find = eventTableFinder([
    table('a', 'pay*'),
    table('b', 'payment.*'),
    table('c', 'payment.made'),
    table('d', 'p*'),
  ])
  const found = ['payment.made', 'payment.lost', 'payer', 'point', 'other', ''].map(name => find(name)?.copy.name)
  assert.deepEqual(found, ['c', 'b', 'a', 'd', undefined, undefined])
})

test('without the right to make temporary tables the start says so, where a table is behind row security', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(`REVOKE TEMPORARY ON DATABASE ${database.name} FROM PUBLIC, sensorium_writer`)
  await assert.rejects(
    openExporter(t, database),
    /may not make temporary tables.*buddy_observer_events.*GRANT TEMPORARY/,
  )
})

test('the map itself is checked with the configuration', () => {
  for (const bad of [
    { payments: { events: [] } },
    { payments: { events: ['a*b'] } },
    { payments: { events: ['a'], columns: { b: 'attribute.c' } } },
    { payments: { events: ['a'], columns: { 'b"c': 'time' } } },
    { 'pay ments': { events: ['a'] } },
  ]) {
    assert.equal(eventTables.safeParse(bad).success, false, JSON.stringify(bad))
  }
})

test('whatever the attributes of an event are, it is stored or a dead letter, and its batch is acknowledged', async t => {
  const { client, consume } = await open(t, PAYMENTS, CONFIG)
  const maps = Object.entries(eventTables.parse({ ...BUILT_IN_TABLES, ...CONFIG }))
  const keys = [...new Set(maps.flatMap(([, { columns }]) => Object.values(columns).flat()))].flatMap(source =>
    source.startsWith('attributes.') ? [source.slice('attributes.'.length)] : [],
  )
  const names = maps.flatMap(([, { events }]) => events.map(event => event.replace('*', 'x')))
  const event = fc.record({
    eventName: fc.constantFrom(...names),
    values: fc.dictionary(fc.constantFrom(...keys), anyValue),
  })
  let sent = 0
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 10 }), async events => {
      const items = events.map(({ eventName, values }) => payment(values, { eventName }))
      await consume(batch('logs', `request ${sent}`, items, TRUSTED)).catch(error =>
        assert.ok(error instanceof RejectedRecordsError, error),
      )
      sent += items.length
    }),
    { numRuns: 100 },
  )
  const stored = await Promise.all(maps.map(([table]) => count(client, table)))
  const letters = await count(client, 'dead_letters')
  assert.equal(
    stored.reduce((sum, rows) => sum + rows, letters),
    sent,
  )
})
