import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { pino } from 'pino'
import { createDatabase } from '../../tests/postgres.ts'
import { until } from '../../tests/store/owner.ts'
import { withClient } from '../connect.ts'
import { startJobs } from '../jobs/index.ts'
import type { Store } from '../open.ts'
import { DELETE_BATCH_PAGES, deleteExpired } from './delete-expired.ts'
import { maintenanceJob, maintenanceSettings, runMaintenance } from './index.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const settings = maintenanceSettings.parse({})

function daysBefore(days: number): Date {
  return new Date(+NOW - days * 24 * 3_600_000)
}

async function onOwner<T>(store: Store, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  return withClient(store, 'owner', work)
}

async function addLog(owner: pg.ClientBase, at: Date, level: string, service = 'shop'): Promise<void> {
  await owner.query(
    `INSERT INTO application_logs (timestamp, time_unix_nano, service, environment, level, message, context, resource_id, scope_id)
     VALUES ($1, 0, $2, 'test', $3, '', '{}', 1, 1)`,
    [at, service, level],
  )
}

async function addSpan(owner: pg.ClientBase, at: Date): Promise<void> {
  await owner.query(
    `INSERT INTO trace_spans (timestamp, trace_id, span_id, start_time_unix_nano, end_time_unix_nano, duration_ms, service,
       environment, operation_name, kind, status, attributes, resource_id, scope_id)
     VALUES ($1, '', '', 0, 0, 0, 'shop', 'test', '', 'internal', 'unset', '{}', 1, 1)`,
    [at],
  )
}

async function addMetric(owner: pg.ClientBase, at: Date): Promise<void> {
  await owner.query(
    `INSERT INTO metrics_samples (timestamp, metric_name, metric_type, service, environment, labels, resource_id, scope_id)
     VALUES ($1, 'm', 'gauge', 'shop', 'test', '{}', 1, 1)`,
    [at],
  )
}

async function addDeadLetter(owner: pg.ClientBase, at: Date): Promise<void> {
  await owner.query(
    `INSERT INTO dead_letters (received_at, receiver, signal, batch_id, reason, message, content_type, payload)
     VALUES ($1, 'otlp', 'logs', 'b', 'malformed', '', '', '')`,
    [at],
  )
}

/** Ages in days of what is left, oldest first. */
async function ages(owner: pg.ClientBase, table: string, timeColumn: string): Promise<number[]> {
  const { rows } = await owner.query<{ age: number }>(
    `SELECT round(extract(epoch FROM $1 - ${timeColumn}) / 86400)::int AS age FROM ${table} ORDER BY ${timeColumn}`,
    [NOW],
  )
  return rows.map(({ age }) => age)
}

test('each table keeps what its setting says', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    // Two days past each limit, so that a chunk of a day is past it as a whole.
    for (const age of [1, 29, 32, 89, 92]) await addLog(owner, daysBefore(age), 'info')
    for (const age of [1, 29, 32]) await addSpan(owner, daysBefore(age))
    for (const age of [1, 179, 182]) await addMetric(owner, daysBefore(age))
    // Their partitions are a week long.
    for (const age of [1, 29, 38]) await addDeadLetter(owner, daysBefore(age))
  })
  await runMaintenance(database, settings, { now: NOW })
  await onOwner(database, async owner => {
    assert.deepEqual(await ages(owner, 'application_logs', 'timestamp'), [89, 32, 29, 1])
    assert.deepEqual(await ages(owner, 'trace_spans', 'timestamp'), [29, 1])
    assert.deepEqual(await ages(owner, 'metrics_samples', 'timestamp'), [179, 1])
    assert.deepEqual(await ages(owner, 'dead_letters', 'received_at'), [29, 1])
  })
})

test('debug records go before the others', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    for (const level of ['trace', 'debug', 'info', 'error']) {
      await addLog(owner, daysBefore(29), level)
      await addLog(owner, daysBefore(31), level)
    }
  })
  const report = await runMaintenance(database, settings, { now: NOW })
  assert.ok(report)
  await onOwner(database, async owner => {
    const { rows } = await owner.query(
      `SELECT level, count(*)::int AS count FROM application_logs GROUP BY level ORDER BY level`,
    )
    assert.deepEqual(rows, [
      { level: 'debug', count: 1 },
      { level: 'error', count: 2 },
      { level: 'info', count: 2 },
      { level: 'trace', count: 1 },
    ])
  })
})

test('what is expired goes batch by batch, those of other levels and the rest stay', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    await owner.query('CREATE TABLE events (level text NOT NULL, timestamp timestamptz NOT NULL, filler text)')
    // About forty rows a page, and three batches of pages.
    await owner.query(
      `INSERT INTO events SELECT (ARRAY['info', 'debug', 'error'])[1 + n % 3], $1::timestamptz - n * interval '1 minute', repeat('x', 160)
       FROM generate_series(1, 90000) n`,
      [NOW],
    )
    const { rows: size } = await owner.query(`SELECT pg_relation_size('events') / 8192 AS pages`)
    assert.ok(Number(size[0].pages) > 2 * DELETE_BATCH_PAGES - 100)
    const before = new Date(+NOW - 1_000 * 60_000)
    const expiry = { table: 'events', timeColumn: 'timestamp', before, levels: ['info', 'debug'] }
    const { rows: expired } = await owner.query(
      `SELECT count(*)::int AS n FROM events WHERE timestamp < $1 AND level <> 'error'`,
      [before],
    )
    assert.equal(await deleteExpired(owner, expiry), expired[0].n)
    const { rows } = await owner.query(
      `SELECT count(*) FILTER (WHERE timestamp < $1 AND level <> 'error')::int AS left, count(*)::int AS kept FROM events`,
      [before],
    )
    assert.deepEqual(rows, [{ left: 0, kept: 90_000 - expired[0].n }])
    assert.equal(await deleteExpired(owner, expiry), 0)
  })
})

test('the books show the same sums before and after the ledger moves into the totals', async () => {
  const { database } = await createDatabase()
  const books = 'SELECT * FROM ingest_accounting ORDER BY receiver, signal'
  const hourly = 'SELECT * FROM ingest_outcomes ORDER BY bucket, receiver, signal, outcome, reason'
  // Not on the hour: the second move finds an hour that the first one began.
  const now = new Date(+NOW + 20 * 60_000)
  await onOwner(database, async owner => {
    await owner.query(
      `INSERT INTO ingest_ledger (batch_id, received_at, receiver, signal, received, stored, dropped, rejected, deduplicated, unvouched)
       SELECT 'batch-' || n, $1::timestamptz - n * interval '1 minute', (ARRAY['otlp', 'otlp/edge'])[1 + n % 2],
         (ARRAY['logs', 'traces', 'metrics'])[1 + n % 3], 100, 90, jsonb_build_object('filter', 5, 'sample', 2),
         jsonb_build_object('malformed', 3), n % 4 * 100, n % 5
       FROM generate_series(0, 3000) n`,
      [now],
    )
    const sums = async (): Promise<unknown> => (await owner.query(books)).rows
    const before = await sums()
    // Every copy above is of a request that was received once, so the balance lacks them, and nothing else.
    const wholes =
      'SELECT sum(unvouched)::int AS unvouched, sum(unaccounted + deduplicated)::int AS rest FROM ingest_accounting'
    assert.deepEqual((await owner.query(wholes)).rows, [{ unvouched: 6_000, rest: 0 }])
    const report = await runMaintenance(database, settings, { now })
    assert.equal(report?.ledgerRowsMoved, 3_000 - 24 * 60)
    assert.deepEqual(await sums(), before)
    const { rows } = await owner.query(
      'SELECT count(*)::int AS count, max($1 - received_at)::text AS oldest FROM ingest_ledger',
      [now],
    )
    assert.deepEqual(rows, [{ count: 24 * 60 + 1, oldest: '1 day' }])

    // A later move adds to hours that are there already.
    const before2 = await sums()
    const buckets = (await owner.query(`SELECT bucket, sum(records) FROM (${hourly}) o GROUP BY 1 ORDER BY 1`)).rows
    await runMaintenance(database, settings, { now: new Date(+now + 90 * 60_000) })
    assert.deepEqual(await sums(), before2)
    assert.deepEqual(
      (await owner.query(`SELECT bucket, sum(records) FROM (${hourly}) o GROUP BY 1 ORDER BY 1`)).rows,
      buckets,
    )
  })
})

test('a ledger row that a resend is being booked on stays for the next time', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    await owner.query(
      `INSERT INTO ingest_ledger (batch_id, received_at, receiver, signal, received, stored)
       VALUES ('old', $1, 'otlp', 'logs', 5, 5), ('older', $1, 'otlp', 'logs', 7, 7)`,
      [daysBefore(3)],
    )
    await onOwner(database, async other => {
      await other.query('BEGIN')
      await other.query(`UPDATE ingest_ledger SET deduplicated = 5 WHERE batch_id = 'old'`)
      assert.equal((await runMaintenance(database, settings, { now: NOW }))?.ledgerRowsMoved, 1)
      await other.query('COMMIT')
    })
    assert.equal((await runMaintenance(database, settings, { now: NOW }))?.ledgerRowsMoved, 1)
    assert.deepEqual((await owner.query('SELECT stored::int, deduplicated::int FROM ingest_accounting')).rows, [
      { stored: 12, deduplicated: 5 },
    ])
  })
})

test('of two processes one does the work', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    await owner.query('SELECT pg_advisory_lock($1, $2)', [0x73656e73, 0x6d61696e])
    assert.equal(await runMaintenance(database, settings, { now: NOW }), undefined)
    await owner.query('SELECT pg_advisory_unlock($1, $2)', [0x73656e73, 0x6d61696e])
    assert.ok(await runMaintenance(database, settings, { now: NOW }))
  })
})

test('a started maintenance runs by itself, and is over when it was stopped', async () => {
  const { database } = await createDatabase()
  await onOwner(database, owner => addDeadLetter(owner, new Date(Date.now() - 40 * 24 * 3_600_000)))
  const logger = pino({ level: 'silent' })
  const maintenance = startJobs({ database, logger, jobs: [maintenanceJob(database, settings, logger, 0)] })
  await onOwner(database, owner =>
    until(async () => (await ages(owner, 'dead_letters', 'received_at')).length === 0, 'the old dead letter is gone'),
  )
  await maintenance.stop()
  const waiting = startJobs({ database, logger, jobs: [maintenanceJob(database, settings, logger)] })
  await waiting.stop()
})

test('the settings have the defaults of the design, and know no other keys', () => {
  assert.deepEqual(settings, {
    interval_minutes: 60,
    partition_hours: 24,
    event_partition_days: 7,
    logs_days: 90,
    debug_logs_days: 30,
    metrics_days: 180,
    traces_days: 30,
    request_minutes_days: 40,
    events_days: 90,
    tests_days: 365,
    builds_days: 730,
    proposals_days: 730,
    dead_letters_days: 30,
    compress_logs_after_days: 7,
    compress_metrics_after_days: 1,
    compress_traces_after_days: 7,
    compress_tests_after_days: 30,
    compress_builds_after_days: 90,
    ledger_hours: 24,
  })
  for (const bad of [{ logs_days: 0 }, { log_days: 3 }, { ledger_hours: 0.5 }]) {
    assert.equal(maintenanceSettings.safeParse(bad).success, false)
  }
})

test('a shape goes when no row can refer to it any more, and not before', async () => {
  const { database } = await createDatabase()
  await onOwner(database, async owner => {
    await addSpan(owner, daysBefore(1))
    await owner.query(
      `INSERT INTO span_shapes (shape_id, service, environment, kind, flags, attributes, resource_id, scope_id, last_used)
       SELECT n, 's', 'e', 'server', 0, '{}', 1, 1, $1::date - n FROM unnest('{29, 69, 71, 400}'::int[]) n`,
      [NOW],
    )
  })
  const report = await runMaintenance(database, settings, { now: NOW })
  assert.equal(report?.deleted.span_shapes, 2)
  await onOwner(database, async owner => {
    const { rows } = await owner.query(
      'SELECT shape_id::int AS id FROM span_shapes WHERE shape_id BETWEEN 1 AND 999 ORDER BY 1',
    )
    assert.deepEqual(rows, [{ id: 29 }, { id: 69 }])
    assert.equal((await owner.query('SELECT FROM trace_spans WHERE service IS NOT NULL')).rowCount, 1)
  })
})
