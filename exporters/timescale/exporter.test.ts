import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { RejectedRecordsError, SensoriumError, UnavailableError } from '../../pipeline/errors.ts'
import { startSelfTelemetry } from '../../pipeline/telemetry/self-telemetry.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { blockCommits, blocked, openClient, openExporter, rowsOf } from './testing/exporter.ts'
import { attributes, batch, log, metric, point, resource, span } from './testing/records.ts'

async function count(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`)
  return rows[0].count
}

test('a batch is acknowledged after its transaction is committed, not before', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const release = await blockCommits(client, 'spans')
  let acknowledged = false

  const consuming = consume(batch('traces', 'one', [span()])).then(async () => {
    acknowledged = true
    assert.equal(await count(client, 'trace_spans'), 1)
  })
  await blocked(client, 1)
  assert.equal(acknowledged, false)
  assert.equal(await count(client, 'trace_spans'), 0)

  await release()
  await consuming
})

test('copies of one request are stored once: one after the other', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, booked } = await openExporter(t, database)
  for (let i = 0; i < 3; i++) await consume(batch('logs', 'same', [log(), log()]))
  assert.equal(await count(client, 'application_logs'), 2)
  assert.deepEqual(
    [...booked],
    [
      ['stored timescale', 2],
      ['deduplicated timescale', 4],
    ],
  )
  assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_ledger'), [
    { batch_id: 'same', receiver: 'otlp', signal: 'logs', received: 2, stored: 2, deduplicated: 4, resends: 2 },
  ])
})

test('copies of one request are stored once: at the same time in one process', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, booked } = await openExporter(t, database, { config: { connections: 4, flush_interval_ms: 0 } })
  const release = await blockCommits(client, 'logs')
  const consuming = [1, 2, 3, 4].map(() => consume(batch('logs', 'same', [log(), log()])))
  await blocked(client, 1)
  await release()
  await Promise.all(consuming)
  assert.equal(await count(client, 'application_logs'), 2)
  assert.deepEqual(
    [...booked],
    [
      ['stored timescale', 2],
      ['deduplicated timescale', 6],
    ],
  )
})

test('copies of one request are stored once: at the same time in two replicas', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const replicas = [await openExporter(t, database), await openExporter(t, database)]
  const release = await blockCommits(client, 'logs')
  const consuming = replicas.map(({ consume }) => consume(batch('logs', 'same', [log(), log()])))
  // One at its commit, the other at the first one's row of the ledger.
  await blocked(client, 2)
  await release()
  await Promise.all(consuming)
  assert.equal(await count(client, 'application_logs'), 2)
  assert.deepEqual(replicas.flatMap(({ booked }) => [...booked]).sort(), [
    ['deduplicated timescale', 2],
    ['stored timescale', 2],
  ])
})

test('groups that hold the same requests in opposite orders do not deadlock', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const replicas = [
    await openExporter(t, database, { config: { connections: 1 } }),
    await openExporter(t, database, { config: { connections: 1 } }),
  ]
  // Each transaction books one of `a` and `b`, and then waits until the other one has booked as well.
  await client.query(`
    CREATE FUNCTION wait_at_second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF current_setting('test.booked', true) = 'one' THEN PERFORM pg_advisory_xact_lock_shared(7); END IF;
      PERFORM set_config('test.booked', 'one', true);
      RETURN NEW;
    END $$;
    CREATE TRIGGER wait_at_second BEFORE INSERT ON ingest_ledger FOR EACH ROW WHEN (NEW.batch_id IN ('a', 'b'))
      EXECUTE FUNCTION wait_at_second();
    SELECT pg_advisory_lock(7);
    BEGIN; LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE`)
  const first = replicas.map(({ consume }, i) => consume(batch('logs', `first ${i}`, [log()])))
  await blocked(client, 2)
  const consuming = ['a b', 'b a'].flatMap((ids, i) =>
    ids.split(' ').map(id => replicas[i]!.consume(batch('logs', id, [log()]))),
  )
  await client.query('COMMIT')
  await Promise.all(first)
  await blocked(client, 2)
  await client.query('SELECT pg_advisory_unlock(7)')
  await Promise.all(consuming)
  assert.equal(await count(client, 'application_logs'), 4)
})

test('replicas that get the same requests at the same time store each once', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const config = { connections: 3, flush_interval_ms: 0, max_group_bytes: 64 * 1024 }
  const replicas = [await openExporter(t, database, { config }), await openExporter(t, database, { config })]
  const ids = Array.from({ length: 300 }, (_, i) => `request ${i}`)
  // A resource for each request: the rows of telemetry_resources are contended for as well.
  const request = (id: string) => {
    const of = resource({ 'service.name': id })
    return batch(
      'logs',
      id,
      Array.from({ length: 5 }, () => log({ resource: of, body: 'x'.repeat(1_000) })),
    )
  }
  await Promise.all([
    ...ids.map(id => replicas[0]!.consume(request(id))),
    ...ids.toReversed().map(id => replicas[1]!.consume(request(id))),
  ])
  assert.equal(await count(client, 'application_logs'), 1_500)
  assert.equal(await count(client, 'telemetry_resources'), 300)
  const { rows } = await client.query('SELECT sum(stored)::int AS s, sum(deduplicated)::int AS d FROM ingest_ledger')
  assert.deepEqual(rows, [{ s: 1_500, d: 1_500 }])
})

test('what a request lost on its way is in the books, and its rejected bytes in dead_letters', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, booked } = await openExporter(t, database)
  const letter = (reason: 'malformed' | 'too_deep', raw: string) =>
    ({ reason, message: `it is ${reason}\0`, raw: Buffer.from(raw), contentType: 'application/x-protobuf' }) as const
  const request = batch('traces', 'one', [span(), span()], {
    receiver: 'otlp/edge',
    dropped: new Map([
      ['filter', 3],
      ['sample/errors', 4],
    ]),
    rejected: [letter('malformed', '\0\xff'), letter('malformed', ''), letter('too_deep', 'raw')],
  })
  await consume(request)
  await consume(request)
  assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_ledger'), [
    {
      received: 12,
      stored: 2,
      dropped: { filter: 3, 'sample/errors': 4 },
      rejected: { malformed: 2, too_deep: 1 },
      deduplicated: 9,
      resends: 1,
    },
  ])
  const { rows } = await client.query(
    'SELECT receiver, signal, batch_id, reason, message, content_type, payload FROM dead_letters ORDER BY dead_letter_id',
  )
  const expected = (reason: string, raw: string) => ({
    receiver: 'otlp/edge',
    signal: 'traces',
    batch_id: 'one',
    reason,
    message: `it is ${reason}\ufffd`,
    content_type: 'application/x-protobuf',
    payload: Buffer.from(raw),
  })
  assert.deepEqual(rows, [expected('malformed', '\0\xff'), expected('malformed', ''), expected('too_deep', 'raw')])
  assert.deepEqual(await rowsOf(client, 'SELECT * FROM ingest_accounting'), [
    {
      receiver: 'otlp/edge',
      signal: 'traces',
      accepted: 18,
      stored: 2,
      deduplicated: 9,
      dropped: 7,
      rejected: 6,
      unaccounted: 0,
      unvouched: 0,
    },
  ])
  assert.deepEqual(Object.fromEntries(booked), {
    'stored timescale': 2,
    'dropped filter filter': 3,
    'dropped sample/errors sample/errors': 4,
    'deduplicated timescale': 9,
  })
})

test('a batch of which nothing is left is booked', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  await consume(batch('metrics', 'dropped', [], { dropped: new Map([['filter', 5]]) }))
  await consume(batch('logs', 'empty', []))
  assert.deepEqual(
    await rowsOf(client, 'SELECT batch_id, received, stored, dropped FROM ingest_ledger ORDER BY batch_id'),
    [
      { batch_id: 'dropped', received: 5, stored: 0, dropped: { filter: 5 } },
      { batch_id: 'empty', received: 0, stored: 0, dropped: {} },
    ],
  )
})

test('a record with a value that no column holds is a dead letter, its neighbours are stored', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, booked } = await openExporter(t, database)
  const bad = span({
    name: 'bad',
    endTimeUnixNano: 2n ** 63n,
    attributes: attributes({ big: 1n, raw: new Uint8Array([1]) }),
  })
  const request = batch('traces', 'one', [span({ name: 'a' }), bad, span({ name: 'b' })])
  for (const _ of ['first', 'resend']) {
    await assert.rejects(
      consume(request),
      (error: unknown) => error instanceof RejectedRecordsError && error.rejected === 1,
    )
  }
  const { rows } = await client.query('SELECT operation_name FROM trace_spans ORDER BY 1')
  assert.deepEqual(rows, [{ operation_name: 'a' }, { operation_name: 'b' }])
  const letters = await client.query('SELECT reason, message, content_type, payload FROM dead_letters')
  assert.equal(letters.rows.length, 1)
  const { payload, ...letter } = letters.rows[0]
  assert.deepEqual(letter, {
    reason: 'refused',
    message: 'the record cannot be stored: end_time_unix_nano is 9223372036854775808, beyond 2^63 - 1',
    content_type: 'application/json',
  })
  assert.partialDeepStrictEqual(JSON.parse(payload), {
    name: 'bad',
    endTimeUnixNano: '9223372036854775808',
    attributes: { big: '1', raw: 'AQ==' },
    resource: { attributes: { 'service.name': 'checkout' } },
  })
  assert.partialDeepStrictEqual(await rowsOf(client, 'SELECT * FROM ingest_ledger'), [
    { received: 3, stored: 2, rejected: { refused: 1 }, deduplicated: 2, resends: 1 },
  ])
  assert.deepEqual(
    [...booked],
    [
      ['stored timescale', 2],
      ['deduplicated timescale', 2],
    ],
  )
})

test('a resource and a scope are stored once, and again after the server came back without them', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database, { config: { connections: 1 } })
  for (const id of ['a', 'b']) {
    await consume(batch('logs', id, [log({ resource: resource({ 'service.name': 'same' }) })]))
  }
  assert.equal(await count(client, 'telemetry_resources'), 1)
  await client.query('TRUNCATE telemetry_resources, telemetry_scopes')
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sensorium %'`,
  )
  await untilStored(() => consume(batch('logs', 'c', [log({ resource: resource({ 'service.name': 'same' }) })])))
  assert.deepEqual([await count(client, 'telemetry_resources'), await count(client, 'telemetry_scopes')], [1, 1])
})

/** What every sender does: again, until it is taken. */
async function untilStored(send: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await send()
      return
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
  }
}

test('the largest things fit: texts of 10 MB, 1,000 attributes, 32 levels', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const text = `${'long "text" ä '.repeat(700_000)}`
  let deep = attributes({ bottom: 'here' })
  for (let level = 1; level < 32; level++) deep = attributes({ deeper: deep })
  const wide = attributes(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key.${i}`, BigInt(i)])))
  await consume(batch('logs', 'text', [log({ body: text, attributes: attributes({ text }) })]))
  await consume(batch('logs', 'wide', [log({ body: wide, attributes: wide })]))
  await consume(batch('logs', 'deep', [log({ body: deep, attributes: deep })]))
  const checks = [
    `SELECT context->>'text' = message AND length(message) = ${text.length} AS ok FROM application_logs WHERE context ? 'text'`,
    `SELECT count(*) = 1000 AS ok FROM application_logs, jsonb_each(body) WHERE context->key = value AND context ? 'key.0'`,
    `SELECT body = context AND body #>> (array_fill('deeper'::text, ARRAY[31]) || ARRAY['bottom']) = 'here' AS ok
     FROM application_logs WHERE context ? 'deeper'`,
  ]
  for (const check of checks) assert.deepEqual((await client.query(check)).rows, [{ ok: true }])
})

test('shutdown commits what waits', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, shutdown } = await openExporter(t, database, { config: { connections: 1 } })
  const consuming = ['a', 'b', 'c'].map(id => consume(batch('logs', id, [log()])))
  await shutdown()
  assert.equal(await count(client, 'application_logs'), 3)
  await Promise.all(consuming)
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE application_name LIKE 'sensorium timescale%' AND datname = current_database()`,
  )
  assert.equal(rowCount, 0)
})

test('shutdown at its deadline turns away what waits and ends', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume, component } = await openExporter(t, database, { config: { connections: 1 } })
  const release = await blockCommits(client, 'logs')
  const consuming = ['a', 'b', 'c'].map(id => consume(batch('logs', id, [log()])))
  const outcomes = Promise.allSettled(consuming)
  await blocked(client, 1)
  await component.shutdown!(AbortSignal.abort())
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof UnavailableError)
  }
  await release()
})

test('a database without our tables is refused at start, with the remedy', async t => {
  const database = await createDatabase({ migrated: false })
  await assert.rejects(
    openExporter(t, database),
    (error: unknown) =>
      error instanceof SensoriumError &&
      error.code === 'DATABASE_UNSUITABLE' &&
      /no spans, .*ingest_ledger: run `sensorium migrate` first/.test(error.message),
  )
})

test('a role that may not write is refused at start, with the remedy', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query('REVOKE INSERT ON dead_letters FROM sensorium_writer')
  await assert.rejects(
    openExporter(t, database),
    (error: unknown) =>
      error instanceof SensoriumError &&
      error.message ===
        "sensorium_writer may not write to dead_letters: run `sensorium migrate` as the tables' owner, which grants it",
  )
})

test('too few connections on the server are told at start', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT 0`)
  // The owner is a superuser, whom no limit holds; a login of its own is held by it.
  await client.query(
    `CREATE ROLE limited_${database.name} LOGIN CONNECTION LIMIT 1 PASSWORD 'x' IN ROLE sensorium_writer`,
  )
  const url = new URL(database.url)
  url.username = `limited_${database.name}`
  url.password = 'x'
  await client.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT -1`)
  const limited = { connection: () => ({ connectionString: url.href }) }
  await assert.rejects(
    openExporter(t, database, { context: { database: limited } }),
    (error: unknown) =>
      error instanceof SensoriumError &&
      /^timescale needs 2 connections to the database \(connections\): too many/.test(error.message),
  )
})

test('commits, rows and connections are to be seen in the metrics', async t => {
  const database = await createDatabase()
  const telemetry = startSelfTelemetry({ version: '0', instanceId: 'test', otlpIntervalMs: 1_000 })
  t.after(() => telemetry.shutdown())
  const { meter } = telemetry
  const { consume } = await openExporter(t, database, { context: { meter } })
  const bad = point({
    metric: metric({ type: 'summary' }),
    value: { kind: 'summary', count: 2n ** 63n, sum: 0, quantiles: [] },
  })
  await assert.rejects(consume(batch('metrics', 'one', [point(), point(), bad])), RejectedRecordsError)
  await assert.rejects(consume(batch('metrics', 'one', [point(), point(), bad])), RejectedRecordsError)
  const text = await telemetry.expose()
  for (const line of [
    /^sensorium_exporter_commit_duration_count\{.*exporter="timescale".*\} 2$/m,
    /^sensorium_exporter_batch_records_sum\{.*exporter="timescale".*\} 6$/m,
    /^sensorium_exporter_copy_rows_total\{.*exporter="timescale",table="metrics_samples".*\} 2$/m,
    /^sensorium_exporter_connections\{.*exporter="timescale",state="idle".*\} 2$/m,
    /^sensorium_exporter_connections\{.*exporter="timescale",state="waiting".*\} 0$/m,
    /^sensorium_exporter_buffer_size\{.*exporter="timescale".*\} 4194304$/m,
  ]) {
    assert.match(text, line)
  }
})
