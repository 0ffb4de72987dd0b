import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { bucketOf } from '../../analysis/statistics/sketch.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { withClient } from '../connect.ts'
import { foldAllRed } from '../red/fold.ts'
import { rollDue } from './job.ts'
import { getKPITrends, getLatestKPIs, type Kpis } from './read.ts'
import { roll } from './roll.ts'

const OPTIONS = { apdexMs: 500, keptDays: 40 }
const HOUR_MS = 3_600_000

interface Request {
  readonly service: string
  readonly operation: string
  readonly at: Date
  readonly ms: number
  readonly failed: boolean
}

/** The same in every run: requests of two services with three operations over `hours`, some of them in no minute at all. */
function requests(from: Date, hours: number, count: number, seed: number): Request[] {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, () => {
    const at = new Date(+from + Math.floor(next() * hours * 60) * 60_000 + Math.floor(next() * 60_000))
    // One minute in seven is down.
    const isDown = Math.floor(+at / 60_000) % 7 === 0
    return {
      service: next() < 0.7 ? 'shop' : 'pay',
      operation: ['GET /cart', 'POST /checkout', 'charge'][Math.floor(next() * 3)]!,
      at,
      ms: 10 ** (next() * 4),
      failed: next() < (isDown ? 0.95 : 0.03),
    }
  })
}

/** As exporters do it: a row for each, in red_partials. */
async function store(client: pg.ClientBase, all: readonly Request[]): Promise<void> {
  await client.query(
    `INSERT INTO red_series (series_id, service, environment, service_version, operation, kind, last_used)
     SELECT DISTINCT hashtextextended(s || o, 0), s, 'prod', NULL, o, 'server', current_date FROM unnest($1::text[], $2::text[]) AS t (s, o)
     ON CONFLICT DO NOTHING`,
    [all.map(({ service }) => service), all.map(({ operation }) => operation)],
  )
  await client.query(
    `INSERT INTO red_partials (minute, series_id, requests, errors, duration_ms, sketch, error_sketch)
     SELECT date_trunc('minute', at, 'UTC'), hashtextextended(s || o, 0), 1, failed::int, ms, ARRAY[(b::bigint << 32) + 1],
       CASE WHEN failed THEN ARRAY[(b::bigint << 32) + 1] END
     FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::float8[], $5::boolean[], $6::int[]) AS t (s, o, at, ms, failed, b)`,
    [
      all.map(({ service }) => service),
      all.map(({ operation }) => operation),
      all.map(({ at }) => at),
      all.map(({ ms }) => ms),
      all.map(({ failed }) => failed),
      all.map(({ ms }) => bucketOf(ms)),
    ],
  )
}

/** What the rows of one time and key come to, from the requests themselves. */
function expectedOf(
  all: readonly Request[],
): Omit<Kpis, 'service' | 'environment' | 'operation' | 'periodStart' | 'periodEnd'> {
  const sorted = all.map(({ ms }) => ms).sort((a, b) => a - b)
  const quantile = (q: number) => {
    const rank = q * (sorted.length - 1)
    const low = sorted[Math.floor(rank)]!
    return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank))
  }
  const minutes = [...Map.groupBy(all, ({ at }) => Math.floor(+at / 60_000)).values()]
  const up = minutes.filter(of => of.filter(({ failed }) => failed).length * 2 < of.length).length
  const good = all.filter(({ failed }) => !failed)
  const within = (ms: number) => good.filter(request => bucketOf(request.ms) <= bucketOf(ms)).length
  const errors = all.length - good.length
  return {
    requests: all.length,
    errors,
    errorRate: errors / all.length,
    avgMs: sorted.reduce((sum, ms) => sum + ms, 0) / all.length,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    uptimePercent: (100 * up) / minutes.length,
    apdex: (within(500) + within(2_000)) / (2 * all.length),
  }
}

function assertKpis(found: readonly Kpis[], all: readonly Request[], stepMs: number, byOperation: boolean): void {
  const keyOf = (service: string, operation: string | undefined, start: number) =>
    `${service} ${byOperation ? operation : ''} ${new Date(start).toISOString()}`
  const groups = Map.groupBy(all, ({ service, operation, at }) =>
    keyOf(service, operation, Math.floor(+at / stepMs) * stepMs),
  )
  assert.deepEqual(
    found.map(({ service, operation, periodStart }) => keyOf(service, operation, +periodStart)).sort(),
    [...groups.keys()].sort(),
  )
  for (const kpis of found) {
    const expected = expectedOf(groups.get(keyOf(kpis.service, kpis.operation, +kpis.periodStart))!)
    for (const exact of ['requests', 'errors', 'errorRate', 'uptimePercent', 'apdex'] as const) {
      assert.ok(Math.abs(kpis[exact] - expected[exact]) < 1e-9, `${exact}: ${kpis[exact]} for ${expected[exact]}`)
    }
    assert.ok(Math.abs(kpis.avgMs - expected.avgMs) < 1e-6 * expected.avgMs)
    for (const within of ['p50Ms', 'p95Ms', 'p99Ms'] as const) {
      assert.ok(Math.abs(kpis[within] - expected[within]) <= 0.01 * expected[within], `${within}: ${kpis[within]}`)
    }
  }
}

async function trends(client: pg.ClientBase, step: 'hour' | 'day', byOperation: boolean): Promise<Kpis[]> {
  return getKPITrends(client, { from: new Date(0), until: new Date('2100-01-01'), step, byOperation })
}

for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata']) {
  test(`hours and days are what the requests come to, also over a change of the clock in ${zone}`, async () => {
    const { database } = await createDatabase()
    await withClient(database, 'owner', async client => {
      await client.query(`SET timezone = '${zone}'`)
      // In Europe, 25 October 2026 has 25 hours.
      const from = new Date('2026-10-24T20:00:00Z')
      const all = requests(from, 30, 4_000, 11)
      await store(client, all)
      await foldAllRed(client)
      const now = new Date('2026-10-27T00:15:00Z')
      await rollDue(client, { ...OPTIONS, now })
      for (const byOperation of [false, true]) {
        assertKpis(await trends(client, 'hour', byOperation), all, HOUR_MS, byOperation)
        assertKpis(await trends(client, 'day', byOperation), all, 24 * HOUR_MS, byOperation)
      }
      const { rows } = await client.query(`SELECT watermark FROM jobs WHERE job = 'kpi_rollups'`)
      assert.deepEqual(rows, [{ watermark: new Date('2026-10-27T00:00:00Z') }])
    })
  })
}

test('hours come at :05, days at 00:15, and what is late has its own made anew, once', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', async client => {
    const from = new Date('2026-11-02T22:00:00Z')
    const first = requests(from, 2, 600, 3)
    await store(client, first)
    await foldAllRed(client)
    const at = (time: string) => rollDue(client, { ...OPTIONS, now: new Date(`2026-11-${time}Z`) })
    const count = async (table: string) => (await client.query(`SELECT FROM ${table} GROUP BY period_start`)).rowCount
    await at('02T23:04:59')
    assert.equal(await count('kpi_rollups_hourly'), 0)
    await at('02T23:05:00')
    assert.equal(await count('kpi_rollups_hourly'), 1)
    await at('03T00:05:00')
    assert.equal(await count('kpi_rollups_hourly'), 2)
    assert.equal(await count('mv_kpis_daily'), 0)
    await at('03T00:15:00')
    assert.equal(await count('mv_kpis_daily'), 1)
    const ids = async () => (await client.query('SELECT id FROM kpi_rollups_hourly ORDER BY 1')).rows
    const before = await ids()

    const late = requests(from, 1, 200, 5)
    await store(client, late)
    await foldAllRed(client)
    await client.query(`UPDATE kpi_stale SET since = '2026-11-04T00:00:00Z'`)
    await at('04T00:04:00')
    assertKpis(await trends(client, 'hour', false), first, HOUR_MS, false)
    await at('04T00:05:00')
    await client.query(`UPDATE kpi_stale SET since = '2026-11-04T00:00:00Z'`)
    await at('04T00:06:00')
    assertKpis(await trends(client, 'hour', true), [...first, ...late], HOUR_MS, true)
    assertKpis(await trends(client, 'day', false), [...first, ...late], 24 * HOUR_MS, false)
    assert.deepEqual(await ids(), before)
    assert.equal((await client.query('SELECT FROM kpi_stale')).rowCount, 0)
    // Done again it is the same.
    await roll(client, 'hour', from, 500)
    assertKpis(await trends(client, 'hour', false), [...first, ...late], HOUR_MS, false)
  })
})

test('the hour and the day at hand are there as far as they have gone, and give way to what is rolled up', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', async client => {
    const from = new Date('2026-11-02T22:00:00Z')
    const first = requests(from, 1, 300, 3)
    await store(client, first)
    await foldAllRed(client)
    const at = (time: string) => rollDue(client, { ...OPTIONS, now: new Date(`2026-11-${time}Z`) })
    const shown = async (view: 'kpi_hours' | 'kpi_days') =>
      (
        await client.query(
          `SELECT service, environment, period_start AS "periodStart", total_requests::float8 AS requests,
             error_count::float8 AS errors, p95_duration_ms AS "p95Ms", apdex FROM ${view} ORDER BY 1, 2, 3`,
        )
      ).rows
    await at('02T22:30:00')
    const hours = await shown('kpi_hours')
    assert.equal(
      hours.reduce((sum, { requests }) => sum + requests, 0),
      300,
    )
    const days = await shown('kpi_days')
    assert.deepEqual(
      days.map(({ periodStart: _, ...rest }) => rest),
      hours.map(({ periodStart: _, ...rest }) => rest),
      'a day of one hour is that hour',
    )
    assert.equal((await client.query('SELECT FROM kpi_rollups_hourly')).rowCount, 0)

    await store(client, requests(from, 1, 100, 5))
    await foldAllRed(client)
    await at('02T22:31:00')
    assert.deepEqual(await shown('kpi_hours'), hours, 'not more often than every few minutes')
    await client.query(`UPDATE kpi_hours_at_hand SET rolled_at = '2026-11-02T22:30Z'`)
    await at('02T22:35:00')
    const later = await shown('kpi_hours')
    assert.equal(
      later.reduce((sum, { requests }) => sum + requests, 0),
      400,
    )
    await at('02T23:05:00')
    assert.deepEqual(await shown('kpi_hours'), later)
    await at('03T00:15:00')
    assert.deepEqual(await shown('kpi_hours'), later)
    assert.deepEqual(
      (await shown('kpi_days')).map(({ periodStart: _, ...rest }) => rest),
      later.map(({ periodStart: _, ...rest }) => rest),
    )
    await at('03T00:16:00')
    assert.equal((await client.query('SELECT FROM kpi_hours_at_hand')).rowCount, 0)
  })
})

test('an hour that is rolled while its transaction is cut off is rolled by the next one, whole', async () => {
  const { database } = await createDatabase()
  const from = new Date('2026-11-02T22:00:00Z')
  const all = requests(from, 3, 900, 8)
  await withClient(database, 'owner', async client => {
    await store(client, all)
    await foldAllRed(client)
    // The second hour never gets through.
    await client.query(`
      CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.period_start = '2026-11-02T23:00Z' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
      CREATE TRIGGER cut_off BEFORE INSERT ON kpi_rollups_hourly FOR EACH ROW EXECUTE FUNCTION cut_off()`)
  })
  const now = new Date('2026-11-05T00:00:00Z')
  await withClient(database, 'owner', client => assert.rejects(rollDue(client, { ...OPTIONS, now }), /terminat/))
  await withClient(database, 'owner', async client => {
    assert.equal((await client.query('SELECT FROM kpi_operations_hourly GROUP BY period_start')).rowCount, 1)
    await client.query('DROP TRIGGER cut_off ON kpi_rollups_hourly')
    await rollDue(client, { ...OPTIONS, now })
    assertKpis(await trends(client, 'hour', true), all, HOUR_MS, true)
    assertKpis(await trends(client, 'hour', false), all, HOUR_MS, false)
    assertKpis(await trends(client, 'day', false), all, 24 * HOUR_MS, false)
  })
})

test('the latest KPIs are those of the last full minutes, merged or not', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'owner', async client => {
    const from = new Date('2026-11-02T22:00:00Z')
    const all = requests(from, 2, 1_000, 13)
    await store(client, all.slice(0, 600))
    await foldAllRed(client)
    await store(client, all.slice(600))
    const now = new Date('2026-11-02T23:30:30Z')
    const last = all.filter(({ at }) => +at >= +now - 90.5 * 60_000 && +at < +now - 30_000)
    const options = { now, minutes: 90, apdexMs: 500 }
    const sameTime = last.map(request => ({ ...request }))
    const found = await getLatestKPIs(client, options)
    assert.deepEqual(
      found.map(({ service }) => service),
      ['pay', 'shop'],
    )
    for (const kpis of found) {
      const {
        requests: n,
        errors,
        uptimePercent,
        apdex,
      } = expectedOf(sameTime.filter(({ service }) => service === kpis.service))
      assert.deepEqual([kpis.requests, kpis.errors], [n, errors])
      assert.ok(Math.abs(kpis.uptimePercent - uptimePercent) < 1e-9 && Math.abs(kpis.apdex - apdex) < 1e-9)
    }
    const operations = await getLatestKPIs(client, {
      ...options,
      service: 'shop',
      env: 'production',
      byOperation: true,
    })
    assert.deepEqual(operations.map(({ operation }) => operation).sort(), ['GET /cart', 'POST /checkout', 'charge'])
  })
})
