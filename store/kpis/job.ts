import type pg from 'pg'
import type { Job } from '../jobs/index.ts'
import { advance } from '../jobs/state.ts'
import { PERIOD_MS, type Period, roll, rollAtHand, startOf } from './roll.ts'

const NAME = 'kpi_rollups'
const EVERY_MS = 60_000
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** After the end of an hour and of a day: by then nearly all of it has come. */
const DUE_AFTER_MS: Record<Period, number> = { hour: 5 * MINUTE_MS, day: 15 * MINUTE_MS }
/** What is late is gathered for so long before its hour is made anew: a sender that catches up has each made a few times. */
const LATE_MS = 5 * MINUTE_MS

export interface KpiJobOptions {
  readonly apdexMs: number
  /** Days that minutes are kept for: an hour without all of its minutes is not made anew. */
  readonly keptDays: number
}

/** Makes the rows of hours at :05 and of days at 00:15 UTC, and anew what has changed since; the hour at hand every few minutes. */
export function kpiJob({ apdexMs, keptDays }: KpiJobOptions): Job {
  return {
    name: NAME,
    everyMs: EVERY_MS,
    isLong: true,
    run: ({ client, now, signal }) => rollDue(client, { now, apdexMs, keptDays, signal }),
  }
}

export interface RollDueOptions extends KpiJobOptions {
  readonly now: Date
  readonly signal?: AbortSignal
}

export async function rollDue(client: pg.ClientBase, options: RollDueOptions): Promise<void> {
  const { now, apdexMs, keptDays, signal } = options
  await client.query(`DELETE FROM kpi_stale WHERE period = 'hour' AND period_start < $1`, [keptSince(now, keptDays)])
  for (const period of ['hour', 'day'] as const) {
    for (const start of await due(client, period, now)) {
      if (signal?.aborted) return
      await roll(client, period, start, apdexMs)
    }
  }
  await rollHoursAtHand(client, now, apdexMs)
  await advance(client, NAME, await doneUntil(client, now))
}

/** From then on, hours have all of their minutes: what expires leaves by whole days. */
export function keptSince(now: Date, keptDays: number): Date {
  return startOf('day', new Date(+now - (keptDays - 1) * DAY_MS))
}

/** Stale and over; what was made before waits for more that is late. */
async function due(client: pg.ClientBase, period: Period, now: Date): Promise<Date[]> {
  const table = period === 'hour' ? 'kpi_rollups_hourly' : 'mv_kpis_daily'
  const { rows } = await client.query<{ start: Date }>(
    `SELECT s.period_start AS start FROM kpi_stale s
     WHERE s.period = $1 AND s.period_start <= $2
       AND (s.since <= $3 OR NOT EXISTS (SELECT FROM ${table} k WHERE k.period_start = s.period_start)) ORDER BY 1`,
    [period, new Date(+now - PERIOD_MS[period] - DUE_AFTER_MS[period]), new Date(+now - LATE_MS)],
  )
  return rows.map(({ start }) => start)
}

/** Hours with requests that are not due yet: the one that goes on, and for some minutes the one before it. */
async function rollHoursAtHand(client: pg.ClientBase, now: Date, apdexMs: number): Promise<void> {
  await client.query(
    'DELETE FROM kpi_hours_at_hand h WHERE EXISTS (SELECT FROM kpi_rollups_hourly k WHERE k.period_start = h.period_start)',
  )
  const { rows } = await client.query<{ start: Date }>(
    `SELECT s.period_start AS start FROM kpi_stale s
     WHERE s.period = 'hour' AND s.period_start > $1 AND s.period_start <= $2
       AND NOT EXISTS (SELECT FROM kpi_hours_at_hand h WHERE h.period_start = s.period_start AND h.rolled_at > $3)`,
    [new Date(+now - PERIOD_MS.hour - DUE_AFTER_MS.hour), now, new Date(+now - LATE_MS)],
  )
  for (const { start } of rows) await rollAtHand(client, start, apdexMs)
}

/** The end of the last hour that is over and due, or the first one that is stale. */
async function doneUntil(client: pg.ClientBase, now: Date): Promise<Date> {
  const over = startOf('hour', new Date(+now - DUE_AFTER_MS.hour))
  const { rows } = await client.query<{ first: Date | null }>(
    `SELECT min(period_start) AS first FROM kpi_stale WHERE period = 'hour'`,
  )
  const first = rows[0]?.first
  return first != null && +first < +over ? first : over
}
