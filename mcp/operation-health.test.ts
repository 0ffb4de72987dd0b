import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batch, resource, span } from '../exporters/timescale/testing/records.ts'
import { withClient } from '../store/connect.ts'
import { foldAllRed } from '../store/red/fold.ts'
import { createDatabase } from '../tests/postgres.ts'
import { store } from './testing/server.ts'

/** Neither the range nor the moment is at the beginning of a minute. */
const FROM = Date.parse('2026-03-03T08:00:17.250Z')
const AT = FROM + 43 * 60_000 + 11_500
const UNTIL = FROM + 120 * 60_000 + 7_750

test('operation_health is read from minutes and says what a query over the spans says: counts to the request, durations within 1 %', async () => {
  const database = await createDatabase()
  const requestAt = (n: number, ms: number, operation: string) =>
    span({
      resource: resource({ 'service.name': 'shop', 'deployment.environment.name': 'prod' }),
      name: operation,
      kind: n % 7 === 0 ? 5 : 2,
      traceId: n.toString(16).padStart(32, '0'),
      spanId: n.toString(16).padStart(16, '0'),
      statusCode: n % 11 === 0 ? 2 : 0,
      startTimeUnixNano: BigInt(ms) * 1_000_000n,
      endTimeUnixNano: BigInt(ms + 2 + ((n * 7_919) % 500) * (ms > AT ? 3 : 1)) * 1_000_000n,
    })
  const spans = Array.from({ length: 2_000 }, (_, n) =>
    // From before the range to after it.
    requestAt(n, FROM - 120_000 + n * 3_700, n % 3 === 0 ? `GET /users/${n}?page=${n % 5}` : 'POST /orders'),
  )
  for (const [i, at] of [FROM, AT, UNTIL].entries()) spans.push(requestAt(5_000 + i, at, 'POST /orders'))
  const ask = () =>
    withClient(database.database, 'reader', async client => {
      const health = await client.query('SELECT * FROM operation_health($1, $2, $3, $4, $5) ORDER BY operation', [
        'shop',
        'prod',
        new Date(FROM),
        new Date(AT),
        new Date(UNTIL),
      ])
      const raw = await client.query(RAW, [new Date(FROM), new Date(AT), new Date(UNTIL)])
      return { health: health.rows, raw: raw.rows }
    })
  await store(database, batch('traces', 'some', spans.slice(0, 900)))
  await withClient(database.database, 'owner', foldAllRed)
  // Some are merged, some not yet.
  await store(database, batch('traces', 'others', spans.slice(900)))
  const { health, raw } = await ask()
  assert.deepEqual(
    health.map(row => row.operation),
    ['GET /users/<num>', 'POST /orders'],
  )
  for (const [i, row] of health.entries()) {
    for (const [key, expected] of Object.entries(raw[i])) {
      if (!/^p\d/.test(key)) assert.deepEqual(row[key], expected, `${row.operation}: ${key}`)
      else
        assert.ok(
          Math.abs(row[key] / Number(expected) - 1) < 0.011,
          `${row.operation}: ${key}: ${row[key]}, ${expected}`,
        )
    }
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
    assert.equal(sum(row.requests_series), row.requests + row.requests_before)
    assert.equal(sum(row.errors_series), row.errors + row.errors_before)
    assert.equal(row.p95_series.length, 12)
  }
  // The spans of all but the minutes at the ends are gone, and it still knows.
  await withClient(database.database, 'owner', client =>
    client.query('DELETE FROM spans WHERE timestamp > $1 AND timestamp < $2', [
      new Date(FROM + 120_000),
      new Date(AT - 120_000),
    ]),
  )
  const later = await ask()
  assert.deepEqual(later.health, health)
})

const RAW = `
  SELECT CASE WHEN operation_name LIKE 'GET%' THEN 'GET /users/<num>' ELSE operation_name END AS operation,
    count(*) FILTER (WHERE since)::int AS requests, count(*) FILTER (WHERE NOT since)::int AS requests_before,
    count(*) FILTER (WHERE since AND failed)::int AS errors, count(*) FILTER (WHERE NOT since AND failed)::int AS errors_before,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE since) AS p50_ms,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT since) AS p50_ms_before,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE since) AS p95_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT since) AS p95_ms_before
  FROM (SELECT *, timestamp > $2 AS since, status = 'error' AS failed FROM trace_spans
    WHERE service = 'shop' AND timestamp > $1 AND timestamp <= $3) s GROUP BY 1 ORDER BY 1`
