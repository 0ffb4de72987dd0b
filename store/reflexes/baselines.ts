import type pg from 'pg'
import { hourOfWeek, type SlotLevel, type Stretch, weekOf } from '../../analysis/baseline/week.ts'
import type { ToleranceOf } from '../../analysis/detect/detector.ts'
import type { Tolerance } from '../../analysis/detect/settings.ts'
import { inTransaction } from '../connect.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const METRICS = ['requests', 'error_rate', 'latency_p95'] as const

export interface BaselineSummary {
  readonly series: number
  readonly hours: number
  readonly ignoredHours: number
  readonly from: Date
  readonly until: Date
}

interface HourRow {
  readonly environment: string
  readonly service: string
  readonly operation: string
  readonly time: number
  readonly requests: number
  readonly errors: number
  readonly p95: number | null
}

/**
 * Learns what is usual at each hour of the week from the hourly rollups of so many days, without the hours of known
 * incidents and of anomalies that nobody called false. Takes the place of what was learnt before.
 */
export async function initializeBaselines(client: pg.ClientBase, days: number, now: number): Promise<BaselineSummary> {
  const until = Math.floor(now / HOUR_MS) * HOUR_MS
  const from = until - days * DAY_MS
  const hours = await readHours(client, from, until)
  const troubled = await readTroubled(client, from, until)
  const bySeries = Map.groupBy(hours, one => JSON.stringify([one.environment, one.service, one.operation]))
  let ignoredHours = 0
  const rows = [...bySeries].flatMap(([key, own]) => {
    const [environment, service, operation] = JSON.parse(key) as [string, string, string]
    const ignored = troubled.get(JSON.stringify([environment, service])) ?? []
    const left = own.filter(({ time }) => ignored.some(one => time < one.until && time + HOUR_MS > one.from)).length
    ignoredHours += left
    return METRICS.map(metric => {
      const values = own.map(one => ({ time: one.time, value: valueIn(one, metric) }))
      return { environment, service, operation, metric, week: weekOf(values, ignored), hours: own.length - left, left }
    })
  })
  await inTransaction(client, async () => {
    await client.query('DELETE FROM anomaly_baselines')
    for (const row of rows) await write(client, row, now)
  })
  return { series: bySeries.size, hours: hours.length, ignoredHours, from: new Date(from), until: new Date(until) }
}

function valueIn({ requests, errors, p95 }: HourRow, metric: (typeof METRICS)[number]): number {
  if (metric === 'requests') return requests / 60
  if (metric === 'error_rate') return requests === 0 ? Number.NaN : errors / requests
  return p95 ?? Number.NaN
}

interface BaselineRow {
  readonly environment: string
  readonly service: string
  readonly operation: string
  readonly metric: string
  readonly week: readonly (SlotLevel | undefined)[]
  readonly hours: number
  readonly left: number
}

function write(client: pg.ClientBase, row: BaselineRow, now: number) {
  const { environment, service, operation, metric, week, hours, left } = row
  const column = (of: (level: SlotLevel) => number): (number | null)[] =>
    week.map(level => (level === undefined ? null : of(level)))
  return client.query(
    `INSERT INTO anomaly_baselines (environment, service, operation, metric_name, medians, sigmas, p95s, counts, hours,
       ignored_hours, computed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      environment,
      service,
      operation,
      metric,
      column(({ median }) => median),
      column(({ sigma }) => sigma),
      column(({ p95 }) => p95),
      // An hour of which only all hours together are known has no level of its own.
      week.map(level => (level === undefined || level.ground === 'recent' ? 0 : level.count)),
      hours,
      left,
      new Date(now),
    ],
  )
}

/** Hourly rollups of services (no operation) and of their operations. */
async function readHours(client: pg.ClientBase, from: number, until: number): Promise<HourRow[]> {
  const columns = `(extract(epoch FROM period_start) * 1000)::float8 AS time, total_requests::float8 AS requests,
    error_count::float8 AS errors, p95_duration_ms AS p95`
  const { rows } = await client.query<HourRow>(
    `SELECT environment, service, '' AS operation, ${columns} FROM kpi_rollups_hourly WHERE period_start >= $1 AND period_start < $2
     UNION ALL
     SELECT environment, service, operation, ${columns} FROM kpi_operations_hourly WHERE period_start >= $1 AND period_start < $2`,
    [new Date(from), new Date(until)],
  )
  return rows
}

/** When each service was in trouble. */
async function readTroubled(
  client: pg.ClientBase,
  from: number,
  until: number,
): Promise<ReadonlyMap<string, Stretch[]>> {
  const { rows } = await client.query<{ environment: string; service: string; from: Date; until: Date | null }>(
    `SELECT m.service, i.environment, m.began_at AS from, coalesce(m.ended_at, i.resolved_at) AS until
     FROM incident_members m JOIN incidents i ON i.id = m.incident_id
     WHERE m.began_at < $2 AND coalesce(m.ended_at, i.resolved_at, 'infinity') > $1 AND i.is_true IS DISTINCT FROM false
     UNION ALL
     SELECT service, environment, started_at, ended_at FROM anomalies
     WHERE started_at < $2 AND coalesce(ended_at, 'infinity') > $1 AND is_true IS DISTINCT FROM false AND NOT became_usual`,
    [new Date(from), new Date(until)],
  )
  const byService = Map.groupBy(rows, one => JSON.stringify([one.environment, one.service]))
  return new Map(
    [...byService].map(([key, own]) => [
      key,
      own.map(one => ({ from: +one.from, until: one.until === null ? until : +one.until })),
    ]),
  )
}

/** What was learnt is read again after so long: it changes once a day. */
const REFRESH_MS = 3_600_000
/** An hour of the week that was seen so often speaks for itself. */
const HOURS_MIN = 3
/** P95 of hours is exceeded by one hour in twenty. */
const MARGIN = 1.2

/** What the weeks before say of a minute, in memory. */
export function createTolerances() {
  let readAt = Number.NEGATIVE_INFINITY
  let levels = new Map<string, { readonly medians: number[]; readonly p95s: number[]; readonly counts: number[] }>()
  const levelOf = (environment: string, service: string, operation: string, metric: string, slot: number) => {
    const level = levels.get(JSON.stringify([environment, service, operation, metric]))
    if (level === undefined || (level.counts[slot] ?? 0) < HOURS_MIN) return undefined
    return { median: level.medians[slot]!, p95: level.p95s[slot]! }
  }
  const of: ToleranceOf = ({ kind, environment, service, name }, time): Tolerance => {
    if (levels.size === 0 || (kind !== 'service' && kind !== 'operation')) return {}
    const slot = hourOfWeek(time)
    const errors = levelOf(environment, service, name, 'error_rate', slot)
    const latency = levelOf(environment, service, name, 'latency_p95', slot)
    const requests = kind === 'service' ? levelOf(environment, service, name, 'requests', slot) : undefined
    return {
      errorRate: errors?.p95,
      p95Ms: latency === undefined ? undefined : latency.p95 * MARGIN,
      requestsFrom: requests?.median,
      requestsTo: requests === undefined ? undefined : requests.p95 * MARGIN,
    }
  }
  return {
    of,
    async refresh(client: pg.ClientBase, now: number): Promise<void> {
      if (Math.abs(now - readAt) < REFRESH_MS) return
      readAt = now
      const { rows } = await client.query(
        'SELECT environment, service, operation, metric_name, medians, p95s, counts FROM anomaly_baselines',
      )
      levels = new Map(
        rows.map(row => [JSON.stringify([row.environment, row.service, row.operation, row.metric_name]), row]),
      )
    },
  }
}

/** When baselines were last learnt; undefined where never. */
export async function baselinesLearntAt(client: pg.ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ at: Date | null }>('SELECT max(computed_at) AS at FROM anomaly_baselines')
  return rows[0]?.at == null ? undefined : +rows[0].at
}
