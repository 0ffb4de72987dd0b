import type pg from 'pg'

const HOUR_MS = 3_600_000

/** The operations of a fleet, each a series. */
export async function makeSeries(client: pg.ClientBase, services: number, operations: number): Promise<void> {
  await client.query(
    `INSERT INTO red_series (series_id, service, environment, service_version, operation, kind, last_used)
     SELECT s * 1000 + o, 'service-' || s, 'production', '1.0.0', 'GET /things/' || o, 'server', current_date
     FROM generate_series(1, $1::int) s, generate_series(1, $2::int) o`,
    [services, operations],
  )
}

/** Of one request each, spread as log-normal as their sum of uniforms makes it; one in a hundred fails. */
const COUNTED = `
  SELECT $1::timestamptz + m * interval '1 minute' AS minute, s.series_id, r.n AS requests, (r.n / 100) AS errors, r.n * 40.0 AS duration_ms,
    ARRAY(SELECT ((150 + (random() + random() + random()) * 40)::bigint << 32) + 1 FROM generate_series(1, r.n + 0 * m)) AS sketch
  FROM red_series s CROSS JOIN generate_series(0, 59, $2::int) m CROSS JOIN LATERAL (SELECT (5 + s.series_id % 30)::int AS n) r`

/** What exporters would have left of an hour: a row for each minute and series, or more. */
export async function fillPartials(client: pg.ClientBase, hour: Date): Promise<void> {
  await client.query(`INSERT INTO red_partials (minute, series_id, requests, errors, duration_ms, sketch) ${COUNTED}`, [
    hour,
    1,
  ])
}

/** History: the same where it was merged before, of every so many minutes. */
export async function fillMinutes(client: pg.ClientBase, hour: Date, everyMinutes: number): Promise<void> {
  await client.query(`INSERT INTO red_minutes (minute, series_id, requests, errors, duration_ms, sketch) ${COUNTED}`, [
    hour,
    everyMinutes,
  ])
  await client.query(`INSERT INTO kpi_stale (period, period_start) VALUES ('hour', $1) ON CONFLICT DO NOTHING`, [
    new Date(Math.floor(+hour / HOUR_MS) * HOUR_MS),
  ])
}
