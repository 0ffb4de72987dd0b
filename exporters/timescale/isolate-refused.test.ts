import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { PermanentError, RejectedRecordsError } from '../../pipeline/errors.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { blocked, openClient, openExporter, rowsOf } from './testing/exporter.ts'
import { attributes, batch, log, metric, point, resource, span, TIME } from './testing/records.ts'

async function operations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query('SELECT status_message AS name FROM trace_spans ORDER BY start_time_unix_nano, 1')
  return rows.map(({ name }) => name)
}

/** The row itself has the message; what comes again may stand in its shape. */
function named(statusMessage: string, i: number) {
  return span({ statusMessage, startTimeUnixNano: TIME + BigInt(i) })
}

/** Spans with messages `good N`, and `bad N` at the given places. */
function mixed(count: number, bad: readonly number[]) {
  return Array.from({ length: count }, (_, i) => named(`${bad.includes(i) ? 'bad' : 'good'} ${i}`, i))
}

function rejected(count: number) {
  return (error: unknown) => error instanceof RejectedRecordsError && error.rejected === count
}

const NO_BAD_NAME = `ALTER TABLE spans ADD CONSTRAINT no_bad_name CHECK (status_message NOT LIKE 'bad%')`

const PLACES: readonly (readonly number[])[] = [
  [0],
  [99],
  [50],
  [0, 1, 98, 99],
  [3, 17, 18, 19, 64],
  [...Array(100).keys()],
]

for (const bad of PLACES) {
  test(`of 100 rows the database refuses ${bad.length} (from the ${bad[0]}th), the others are stored`, async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    await client.query(NO_BAD_NAME)
    const { consume, booked } = await openExporter(t, database)
    const items = mixed(100, bad)
    const request = batch('traces', 'one', items, { dropped: new Map([['filter', 2]]) })

    await assert.rejects(consume(request), rejected(bad.length))
    await assert.rejects(consume(request), rejected(bad.length))

    const good = items.map(({ statusMessage }) => statusMessage).filter(name => name.startsWith('good'))
    assert.deepEqual(await operations(client), good)
    // Timescale names the chunk where plain Postgres names the table.
    const { rows: letters } =
      await client.query(`SELECT reason, substring(message from 'violates .*') AS message, content_type,
      convert_from(payload, 'UTF8')::jsonb->>'status_message' AS name FROM dead_letters ORDER BY dead_letter_id`)
    assert.deepEqual(
      letters,
      bad.map(i => ({
        reason: 'refused',
        message: 'violates check constraint "no_bad_name"',
        content_type: 'application/json',
        name: `bad ${i}`,
      })),
    )
    assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_ledger'), [
      {
        received: 102,
        stored: good.length,
        rejected: { refused: bad.length },
        dropped: { filter: 2 },
        deduplicated: good.length + 2,
        resends: 1,
      },
    ])
    assert.equal(booked.get('stored timescale') ?? 0, good.length)
    assert.equal(booked.get('dropped filter filter'), 2)
    assert.equal(booked.get('deduplicated timescale'), good.length + 2)
  })
}

test('a refused record keeps no neighbour from being stored: not in its group, not of another signal', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(NO_BAD_NAME)
  const { consume } = await openExporter(t, database, { config: { connections: 1 } })
  await client.query('BEGIN; LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE')
  const first = consume(batch('logs', 'first', [log()]))
  await blocked(client, 1)
  const outcomes = Promise.allSettled([
    consume(batch('traces', 'a', mixed(10, []))),
    consume(batch('traces', 'b', mixed(10, [4]))),
    consume(batch('logs', 'c', [log()])),
    consume(batch('metrics', 'd', [point()])),
    consume(batch('traces', 'e', mixed(10, [0, 9]))),
  ])
  await client.query('COMMIT')
  await first
  const results = await outcomes
  assert.deepEqual(
    results.map(result => (result.status === 'rejected' ? result.reason.rejected : 'stored')),
    ['stored', 1, 'stored', 'stored', 2],
  )
  assert.equal((await operations(client)).length, 27)
  const { rows } = await client.query(
    'SELECT (SELECT count(*) FROM application_logs) + (SELECT count(*) FROM metrics_samples) AS n',
  )
  assert.equal(Number(rows[0].n), 3)
})

const OBSTACLES: Record<string, string> = {
  'a trigger that raises': `
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no bad names'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON spans FOR EACH ROW WHEN (NEW.status_message LIKE 'bad%') EXECUTE FUNCTION refuse()`,
  'a trigger that is deferred to the commit': `
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no bad names'; END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON spans DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.status_message LIKE 'bad%') EXECUTE FUNCTION refuse()`,
  // With the time in it, as Timescale asks of a unique index.
  'a unique index': 'CREATE UNIQUE INDEX ON spans (status_message, timestamp)',
  'a division by zero in an index': `CREATE INDEX ON spans ((1 / (status_message NOT LIKE 'bad%')::int))`,
}

for (const [obstacle, sql] of Object.entries(OBSTACLES)) {
  test(`${obstacle} refuses its row only`, async t => {
    const database = await createDatabase()
    const client = await openClient(t, database)
    await client.query(sql)
    const { consume } = await openExporter(t, database)
    const items = [...mixed(20, []), named(obstacle.includes('unique') ? 'good 7' : 'bad 20', 99)]
    await assert.rejects(consume(batch('traces', 'one', items)), rejected(1))
    assert.deepEqual(
      await operations(client),
      mixed(20, []).map(({ statusMessage }) => statusMessage),
    )
    assert.equal((await client.query('SELECT FROM dead_letters')).rowCount, 1)
  })
}

test('a text too large for an index that somebody added refuses its row only', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query('CREATE INDEX ON logs (message)')
  const { consume } = await openExporter(t, database)
  // Random digits: a B-tree compresses what repeats.
  const long = Array.from({ length: 20_000 }, () => Math.random().toString(36)[2]).join('')
  await assert.rejects(
    consume(batch('logs', 'one', [log({ body: 'a' }), log({ body: long }), log({ body: 'b' })])),
    rejected(1),
  )
  const { rows } = await client.query('SELECT message FROM application_logs ORDER BY 1')
  assert.deepEqual(rows, [{ message: 'a' }, { message: 'b' }])
})

test('a request that the ledger refuses is refused as a whole and for good', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(`ALTER TABLE ingest_ledger ADD CHECK (receiver <> 'unwanted')`)
  const { consume } = await openExporter(t, database)
  const request = batch('logs', 'one', [log()], { receiver: 'unwanted' })
  await assert.rejects(
    consume(request),
    (error: unknown) => error instanceof PermanentError && !(error instanceof RejectedRecordsError),
  )
  await consume(batch('logs', 'two', [log()]))
  assert.equal((await client.query('SELECT FROM application_logs')).rowCount, 1)
})

test('what was refused can be stored from its dead letter once the obstacle is gone, to the last bit', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const of = resource({ 'service.name': 'a', 'service.version': '1', 'host.name': 'h' })
  const values = attributes({ 'request.id': 'r', n: 2n ** 63n - 1n, f: 0.1, b: true, s: 'ä"\n', l: [1n, null] })
  const spans = batch('traces', 't', [
    span({
      resource: of,
      attributes: values,
      startTimeUnixNano: 1n,
      events: [{ timeUnixNano: TIME, name: 'e', attributes: values, droppedAttributesCount: 0 }],
    }),
  ])
  const logs = batch('logs', 'l', [log({ resource: of, attributes: values, body: values, observedTimeUnixNano: TIME })])
  const histogram = { kind: 'histogram', count: 3n, sum: Number.NaN, min: -0.5, max: undefined } as const
  const points = batch('metrics', 'm', [
    point({
      resource: of,
      attributes: values,
      metric: metric({ type: 'sum', isMonotonic: true }),
      value: { kind: 'number', value: 2n ** 63n - 1n },
    }),
    point({ value: { ...histogram, bucketCounts: [2n ** 62n, 0n], explicitBounds: [Infinity] } }),
    point({ value: { ...histogram, bucketCounts: [], explicitBounds: [] } }),
  ])
  const tables = [
    ['trace_spans', 'spans', spans],
    ['application_logs', 'logs', logs],
    ['metrics_samples', 'metric_points', points],
  ] as const
  for (const [view, table, request] of tables) {
    await consume({ ...request, id: `${request.id} stored` })
    const stored = await rowsOf(client, `SELECT * FROM ${view}`)
    await client.query(`DELETE FROM ${table}; ALTER TABLE ${table} ADD CONSTRAINT closed CHECK (false)`)
    await assert.rejects(consume(request), rejected(request.items.length))

    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT closed`)
    await storeLetters(client, table, request.signal)
    assert.deepEqual(await rowsOf(client, `SELECT * FROM ${view}`), stored)
  }
})

/** Columns that the letter does not have are those that fill themselves. */
async function storeLetters(client: pg.Client, table: string, signal: string): Promise<void> {
  const letter = `convert_from(payload, 'UTF8')::jsonb`
  const { rows } = await client.query(
    `SELECT DISTINCT string_agg(key, ', ' ORDER BY key) AS columns, dead_letter_id
     FROM dead_letters, jsonb_object_keys(${letter}) AS key WHERE signal = $1 GROUP BY dead_letter_id ORDER BY 2`,
    [signal],
  )
  for (const { columns, dead_letter_id } of rows) {
    await client.query(
      `INSERT INTO ${table} (${columns}) SELECT ${columns}
       FROM jsonb_populate_record(NULL::${table}, (SELECT ${letter} FROM dead_letters WHERE dead_letter_id = $1))`,
      [dead_letter_id],
    )
  }
}
