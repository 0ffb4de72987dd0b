import type pg from 'pg'
import { inTransaction } from '../connect.ts'

export type Period = 'hour' | 'day'

const HOUR_MS = 3_600_000
export const PERIOD_MS: Record<Period, number> = { hour: HOUR_MS, day: 24 * HOUR_MS }

/** In the order in which they are made: days are made of hours. */
const TABLES = {
  hour: { services: 'kpi_rollups_hourly', operations: 'kpi_operations_hourly' },
  day: { services: 'mv_kpis_daily', operations: 'kpi_operations_daily' },
} as const

/** Hours that are not over. */
const AT_HAND = 'kpi_hours_at_hand'

/**
 * Makes the rows of an hour or a day, whatever there is of them, in one transaction with the note that they are made:
 * the same result however often it is done, or interrupted. A day is made of its hours.
 */
export function roll(client: pg.ClientBase, period: Period, start: Date, apdexMs: number): Promise<void> {
  const end = new Date(+start + PERIOD_MS[period])
  return inTransaction(client, async () => {
    await client.query('DELETE FROM kpi_stale WHERE period = $1 AND period_start = $2', [period, start])
    await client.query(period === 'hour' ? ROLL_HOUR : ROLL_DAY, [start, end, apdexMs])
    for (const table of Object.values(TABLES[period])) {
      // What was taken back to the last request.
      await client.query(`DELETE FROM ${table} WHERE period_start = $1 AND rolled_at < now()`, [start])
    }
    if (period === 'hour') await markStale(client, 'day', [startOf('day', start)])
  })
}

/** The services of an hour that goes on, as far as it has gone. */
export async function rollAtHand(client: pg.ClientBase, start: Date, apdexMs: number): Promise<void> {
  const sql = `${OF_MINUTES} ${insert(AT_HAND, 'services', KEYS.slice(0, 3))}`
  await client.query(sql, [start, new Date(+start + HOUR_MS), apdexMs])
}

export function startOf(period: Period, time: Date): Date {
  return new Date(Math.floor(+time / PERIOD_MS[period]) * PERIOD_MS[period])
}

export async function markStale(client: pg.ClientBase, period: Period, starts: readonly Date[]): Promise<void> {
  await client.query(
    `INSERT INTO kpi_stale (period, period_start) SELECT $1, unnest($2::timestamptz[]) ON CONFLICT DO NOTHING`,
    [period, starts],
  )
}

const KEYS = ['period_start', 'service', 'environment', 'operation']
const FIGURES = [
  'period_end',
  'total_requests',
  'error_count',
  'error_rate',
  'avg_duration_ms',
  'p50_duration_ms',
  'p95_duration_ms',
  'p99_duration_ms',
  'uptime_percent',
  'apdex',
  'minutes',
  'minutes_up',
  'sketch',
  'error_sketch',
  'rolled_at',
]

/** Rows of `source`, which has sums and sketches, with what follows from them. */
function insert(table: string, source: string, keys: readonly string[]): string {
  return `
    INSERT INTO ${table} (${[...keys, ...FIGURES].join(', ')})
    SELECT $1::timestamptz, ${keys.slice(1).join(', ')}, $2::timestamptz, total_requests, error_count, error_count::float8 / total_requests,
      duration_ms / total_requests, q[1], q[2], q[3], coalesce(100.0 * minutes_up / nullif(minutes, 0), 100),
      coalesce(apdex(sketch, error_sketch, $3), 0), minutes, minutes_up, sketch, error_sketch, now()
    FROM ${source} CROSS JOIN LATERAL sketch_quantiles(sketch, ARRAY[0.5, 0.95, 0.99]) q
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${FIGURES.map(figure => `${figure} = excluded.${figure}`).join(', ')}`
}

const SUMS = `sum(total_requests)::bigint AS total_requests, sum(error_count)::bigint AS error_count, sum(duration_ms) AS duration_ms,
  sketch_sum(sketch) AS sketch, sketch_sum(error_sketch) FILTER (WHERE error_sketch IS NOT NULL) AS error_sketch`

const OF_MINUTES = `
  WITH operations AS MATERIALIZED (SELECT * FROM kpi_operations($1, $2)),
  services AS MATERIALIZED (
    SELECT s.*, m.minutes, m.minutes_up
    FROM (SELECT service, environment, ${SUMS} FROM operations GROUP BY 1, 2) s
    JOIN kpi_service_minutes($1, $2) m USING (service, environment)
  )`

const ROLL_HOUR = `
  ${OF_MINUTES}, of_operations AS (${insert(TABLES.hour.operations, 'operations', KEYS)})
  ${insert(TABLES.hour.services, 'services', KEYS.slice(0, 3))}`

const hours = (table: string, by: string) => `
  SELECT ${by}, ${SUMS}, sum(minutes)::int AS minutes, sum(minutes_up)::int AS minutes_up
  FROM (SELECT *, avg_duration_ms * total_requests AS duration_ms FROM ${table} WHERE period_start >= $1 AND period_start < $2) h
  GROUP BY ${by}`

const ROLL_DAY = `
  WITH operations AS MATERIALIZED (${hours(TABLES.hour.operations, 'service, environment, operation')}),
  services AS MATERIALIZED (${hours(TABLES.hour.services, 'service, environment')}),
  of_operations AS (${insert(TABLES.day.operations, 'operations', KEYS)})
  ${insert(TABLES.day.services, 'services', KEYS.slice(0, 3))}`
