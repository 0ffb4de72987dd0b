import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, metric, point, resource } from '../../exporters/timescale/testing/records.ts'
import { addUpLogDays } from '../../store/kpis/log-days.ts'
import { createDatabase } from '../postgres.ts'

const MINUTE = 60_000_000_000n
const DAY = 1_440n * MINUTE
/** Yesterday's first moment, in UTC. */
const T0 = (BigInt(Math.floor(Date.now() / 86_400_000)) - 1n) * DAY

/** Both statements give the same rows, some at least, whatever the session's zone is. */
async function assertSame(client: pg.Client, view: string, raw: string): Promise<void> {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns']) {
    await client.query(`SET timezone = '${zone}'`)
    const rows = async (sql: string) => {
      const { rows } = await client.query<{ row: string }>(`SELECT q::text AS row FROM (${sql}) q ORDER BY 1`)
      return rows.map(({ row }) => row)
    }
    const expected = await rows(raw)
    assert.ok(expected.length > 1)
    assert.deepEqual(await rows(view), expected)
  }
  await client.query(`SET timezone = 'UTC'`)
}

test('metrics_1min is the average, least, greatest and number of the points of each minute, late ones and old ones too', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const times = [0n, 1n, MINUTE - 1n, MINUTE, 5n * MINUTE + 7n, -3n * DAY, DAY + 30n * MINUTE]
  const points = times.flatMap((at, i) =>
    ['a', 'b'].map(host =>
      point({
        metric: metric({ name: i % 2 === 0 ? 'queue' : 'pool' }),
        timeUnixNano: T0 + at,
        attributes: attributes({ host }),
        value: { kind: 'number', value: i * 1.5 + 1 },
      }),
    ),
  )
  await consume(batch('metrics', 'one', points))
  await consume(batch('metrics', 'two', points.slice(0, 5)))
  const raw = `SELECT date_trunc('minute', timestamp, 'UTC') AS bucket, metric_name, service, labels, avg(value) AS avg_value,
    min(value) AS min_value, max(value) AS max_value, count(*) AS sample_count FROM metrics_samples GROUP BY 1, 2, 3, 4`
  await assertSame(client, 'SELECT * FROM metrics_1min', raw)
  const range = `bucket >= to_timestamp(${T0 / 1_000_000_000n}) AND bucket < to_timestamp(${T0 / 1_000_000_000n}) + interval '10 minutes'`
  await assertSame(client, `SELECT * FROM metrics_1min WHERE ${range}`, `SELECT * FROM (${raw}) r WHERE ${range}`)
})

test('daily_service_health counts the records of each day, those of today and those that come late', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  const { consume } = await openExporter(t, database)
  const records = (day: bigint, count: number) =>
    Array.from({ length: count }, (_, i) =>
      log({
        resource: resource({ 'service.name': i % 3 === 0 ? 'shop' : 'pay', 'deployment.environment.name': 'prod' }),
        timeUnixNano: T0 + day * DAY + (BigInt(i) * DAY) / BigInt(count),
        severityNumber: i % 4 === 0 ? 17 : 9,
        body: `line ${i}`,
        attributes: attributes(i % 2 === 0 ? { request_id: `r${i % 10}` } : {}),
      }),
    )
  const raw = `SELECT date_trunc('day', timestamp, 'UTC') AS day, service, environment,
    count(*) FILTER (WHERE level IN ('error', 'fatal')) AS error_count, count(*) AS total_logs, count(DISTINCT request_id) AS unique_requests
    FROM application_logs GROUP BY 1, 2, 3`
  const view = 'SELECT * FROM daily_service_health'
  for (const day of [-2n, -1n, 0n, 1n]) await consume(batch('logs', `day ${day}`, records(day, 40)))
  await assertSame(client, view, raw)

  const now = new Date(Number((T0 + DAY + 16n * MINUTE) / 1_000_000n))
  assert.equal(await addUpLogDays(client, { now, days: 10 }), 3)
  assert.equal((await client.query('SELECT FROM log_days')).rowCount, 3)
  await assertSame(client, view, raw)
  assert.equal(await addUpLogDays(client, { now, days: 10 }), 0)

  await consume(batch('logs', 'late', records(-2n, 7)))
  assert.equal(await addUpLogDays(client, { now, days: 10 }), 1)
  await assertSame(client, view, raw)
  // Its first quarter hour belongs to the day before: that one is not closed yet.
  const early = new Date(Number((T0 + 2n * DAY + 14n * MINUTE) / 1_000_000n))
  assert.equal(await addUpLogDays(client, { now: early, days: 10 }), 0)
})

test('test_runs_daily, daily_test_summary and selfheal_daily are the sums of their rows', async t => {
  const database = await createDatabase()
  const client = await openClient(t, database)
  await client.query(`
    INSERT INTO test_runs (timestamp, run_id, repository, branch, commit_sha, source, attempt, total_tests, passed_tests, failed_tests,
      skipped_tests, duration_ms, environment, attributes, resource_id, scope_id)
    SELECT date_trunc('day', now(), 'UTC') - i * interval '5 hours', 'run ' || i, 'shop', CASE WHEN i % 2 = 0 THEN 'main' ELSE 'next' END, 'abc', 'ci', 1,
      (i % 5) * 10, (i % 5) * 9, i % 3, 0, 1000 + i, 'ci', '{}', 1, 1 FROM generate_series(0, 20) i;
    INSERT INTO selfheal_proposals (timestamp, proposal_id, trigger_type, pattern_id, confidence_score, description, diffs, risk_score, status)
    SELECT date_trunc('day', now(), 'UTC') - i * interval '7 hours', 'p' || i, CASE WHEN i % 2 = 0 THEN 'test_failure' ELSE 'runtime_error' END, 'k' || i % 3, 50 + i, 'd',
      '[]', 10, (ARRAY['proposed', 'pr_opened', 'merged', 'rejected', 'failed_validation'])[1 + i % 5] FROM generate_series(0, 20) i`)
  const day = `(timestamp AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC'`
  await assertSame(
    client,
    'SELECT * FROM test_runs_daily',
    `SELECT ${day} AS bucket, repository, branch, source, count(*) AS total_runs, sum(passed_tests) AS total_passed,
       sum(failed_tests) AS total_failed, avg(duration_ms) AS avg_duration FROM test_runs GROUP BY 1, 2, 3, 4`,
  )
  await assertSame(
    client,
    'SELECT * FROM daily_test_summary',
    `SELECT ${day} AS day, repository, branch, source, count(*) AS test_runs, avg(passed_tests::float / NULLIF(total_tests, 0)) * 100 AS avg_pass_rate,
       count(*) FILTER (WHERE failed_tests > 0) AS runs_with_failures FROM test_runs GROUP BY 1, 2, 3, 4`,
  )
  await assertSame(
    client,
    'SELECT bucket, trigger_type, total_proposals, merged, rejected, patterns FROM selfheal_daily',
    `SELECT ${day} AS bucket, trigger_type, count(*), sum((status = 'merged')::int), sum((status = 'rejected')::int), count(DISTINCT pattern_id)
     FROM selfheal_proposals GROUP BY 1, 2`,
  )
})
