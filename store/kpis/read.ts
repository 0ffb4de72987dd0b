import type pg from 'pg'

/** What came of some time. */
export interface Kpis {
  readonly service: string
  readonly environment: string
  /** Absent where it is of the whole service. */
  readonly operation?: string
  readonly periodStart: Date
  readonly periodEnd: Date
  readonly requests: number
  readonly errors: number
  /** Of 0 to 1. */
  readonly errorRate: number
  readonly avgMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly uptimePercent: number
  readonly apdex: number
}

export interface LatestOptions {
  readonly service?: string | undefined
  readonly env?: string | undefined
  /** The end of the time that is looked at, the minute at hand excluded. */
  readonly now?: Date
  readonly minutes?: number
  readonly byOperation?: boolean
  readonly apdexMs: number
}

const MINUTE_MS = 60_000

/** KPIs of the last full minutes, 60 by default, from the minutes themselves: right at every moment. */
export async function getLatestKPIs(client: pg.ClientBase, options: LatestOptions): Promise<Kpis[]> {
  const { service, env, now = new Date(), minutes = 60, byOperation = false, apdexMs } = options
  const until = new Date(Math.floor(+now / MINUTE_MS) * MINUTE_MS)
  const from = new Date(+until - minutes * MINUTE_MS)
  const { rows } = await client.query<Kpis>(byOperation ? LATEST_OPERATIONS : LATEST_SERVICES, [
    from,
    until,
    service ?? null,
    env ?? null,
    apdexMs,
  ])
  return rows
}

export interface TrendOptions {
  readonly from: Date
  readonly until: Date
  readonly service?: string | undefined
  readonly env?: string | undefined
  readonly byOperation?: boolean
  /** By default hours for up to two weeks, days beyond. */
  readonly step?: 'hour' | 'day'
}

const HOURS_UP_TO_MS = 14 * 24 * 60 * MINUTE_MS

/** Rolled up KPIs that begin within the time, the earliest first; of services also the hour at hand, as far as it has gone. */
export async function getKPITrends(client: pg.ClientBase, options: TrendOptions): Promise<Kpis[]> {
  const { from, until, service, env, byOperation = false } = options
  const step = options.step ?? (+until - +from <= HOURS_UP_TO_MS ? 'hour' : 'day')
  const table = {
    hour: byOperation ? 'kpi_operations_hourly' : 'kpi_hours',
    day: byOperation ? 'kpi_operations_daily' : 'mv_kpis_daily',
  }[step]
  const { rows } = await client.query<Kpis>(
    `SELECT service, environment, ${byOperation ? 'operation,' : ''} period_start AS "periodStart", period_end AS "periodEnd",
       total_requests::float8 AS requests, error_count::float8 AS errors, error_rate AS "errorRate", avg_duration_ms AS "avgMs",
       p50_duration_ms AS "p50Ms", p95_duration_ms AS "p95Ms", p99_duration_ms AS "p99Ms", uptime_percent AS "uptimePercent", apdex
     FROM ${table} WHERE period_start >= $1 AND period_start < $2 AND ($3::text IS NULL OR service = $3)
       AND is_among(environment, environment_names($4))
     ORDER BY period_start, service, environment${byOperation ? ', operation' : ''}`,
    [from, until, service ?? null, env ?? null],
  )
  return rows
}

const FIGURES = `$1::timestamptz AS "periodStart", $2::timestamptz AS "periodEnd", total_requests::float8 AS requests,
  error_count::float8 AS errors, error_count::float8 / total_requests AS "errorRate", duration_ms / total_requests AS "avgMs",
  q[1] AS "p50Ms", q[2] AS "p95Ms", q[3] AS "p99Ms", 100.0::float8 * minutes_up / nullif(minutes, 0) AS "uptimePercent",
  apdex(sketch, error_sketch, $5)::float8 AS apdex`

const LATEST_OPERATIONS = `
  SELECT service, environment, operation, ${FIGURES}
  FROM kpi_operations($1, $2, $3, $4) CROSS JOIN LATERAL sketch_quantiles(sketch, ARRAY[0.5, 0.95, 0.99]) q
  ORDER BY service, environment, total_requests DESC, operation`

const LATEST_SERVICES = `
  SELECT service, environment, ${FIGURES}
  FROM (
    SELECT service, environment, sum(total_requests) AS total_requests, sum(error_count) AS error_count,
      sum(duration_ms) AS duration_ms, sketch_sum(sketch) AS sketch,
      sketch_sum(error_sketch) FILTER (WHERE error_sketch IS NOT NULL) AS error_sketch
    FROM kpi_operations($1, $2, $3, $4) GROUP BY 1, 2) s
  JOIN kpi_service_minutes($1, $2, $3, $4) m USING (service, environment)
  CROSS JOIN LATERAL sketch_quantiles(sketch, ARRAY[0.5, 0.95, 0.99]) q
  ORDER BY service, environment`
