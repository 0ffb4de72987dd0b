import type pg from 'pg'
import { type Drift, type DriftRule, driftOf } from '../../analysis/baseline/drift.ts'
import { hourOfWeek, type SlotLevel } from '../../analysis/baseline/week.ts'
import type { Episode } from '../../analysis/detect/episodes.ts'
import { type Series, seriesKey } from '../../analysis/detect/series.ts'
import type { Change } from '../../analysis/detect/watch.ts'
import { inTransaction } from '../connect.ts'
import { advance, readWatermark } from '../jobs/state.ts'
import { readOpenAnomalies, writeAnomaly } from './anomalies.ts'
import { noteAnomaly } from './anomaly-finding.ts'

const HOUR_MS = 3_600_000
/** Rollups of an hour are made at :05; late ones are not waited for longer. */
const ROLLED_MS = 600_000
/** Requests of an hour, below which its rates say nothing. */
const REQUESTS_MIN = 60
/** Least change, as a share of the level: what the seeds call a regression. */
const CHANGE_MIN = 0.2
const JOB = 'anomaly_drift'

const RULES = { error_rate: 'up', latency_p95: 'up', requests: 'both' } as const
type Metric = keyof typeof RULES

interface Hour {
  readonly environment: string
  readonly service: string
  readonly operation: string
  readonly time: number
  readonly requests: number
  readonly errors: number
  readonly p95: number
}

/**
 * Compares the last hour with the same hours of earlier weeks: what comes so slowly that each minute looks like the one
 * before it. Two hours in a row begin an episode, two end it. Nothing is kept in memory.
 */
export async function driftRound(
  client: pg.ClientBase,
  options: { readonly sigmas: number; readonly receiver: string },
  now: number,
): Promise<number> {
  const last = Math.floor((now - ROLLED_MS) / HOUR_MS) * HOUR_MS - HOUR_MS
  const mark = (await readWatermark(client, JOB))?.getTime()
  if (mark !== undefined && mark >= last + HOUR_MS) return 0
  const hours = await readHours(client, last - HOUR_MS, last + HOUR_MS)
  const levels = await readLevels(client)
  const open = new Map(
    (await readOpenAnomalies(client, 'hours')).map(one => [`${seriesKey(one.series)} ${one.metric}`, one.episode]),
  )
  const minutely = new Set(
    (await readOpenAnomalies(client, 'minutes')).map(one => `${seriesKey(one.series)} ${one.metric}_hour`),
  )
  const changes: Change[] = []
  for (const own of Map.groupBy(hours, one => JSON.stringify([one.environment, one.service, one.operation])).values()) {
    const { environment, service, operation } = own[0]!
    const series: Series = { kind: operation === '' ? 'service' : 'operation', environment, service, name: operation }
    for (const metric of Object.keys(RULES) as Metric[]) {
      const rule: DriftRule = { sigmas: options.sigmas, changeMin: CHANGE_MIN, worse: RULES[metric] }
      const drift = (time: number): Drift | undefined => {
        const hour = own.find(one => one.time === time)
        if (hour === undefined || hour.requests < REQUESTS_MIN) return undefined
        return driftOf(valueIn(hour, metric), levels(environment, service, operation, metric, hourOfWeek(time)), rule)
      }
      const key = `${seriesKey(series)} ${metric}_hour`
      const change = next(open.get(key), drift(last - HOUR_MS), drift(last), last)
      // What the minutes tell of is not told a second time.
      if (change === undefined || (change.what === 'started' && minutely.has(key))) continue
      changes.push({ ...change, series, metric: `${metric}_hour`, count: own.at(-1)!.requests })
    }
  }
  await inTransaction(client, async () => {
    for (const change of changes) {
      const written = await writeAnomaly(client, change, undefined, now)
      if (change.what !== 'grew') await noteAnomaly(client, options.receiver, change, undefined, written)
    }
    await advance(client, JOB, new Date(last + HOUR_MS))
  })
  return changes.length
}

function next(
  open: Episode | undefined,
  before: Drift | undefined,
  now: Drift | undefined,
  hour: number,
): Pick<Change, 'what' | 'episode'> | undefined {
  if (open === undefined) {
    if (before === undefined || now === undefined || before.z > 0 !== now.z > 0) return undefined
    const episode: Episode = {
      start: hour - HOUR_MS,
      foundAt: hour + HOUR_MS,
      peak: hour,
      peakValue: now.seen,
      end: undefined,
      type: 'drift',
      seen: now.seen,
      expected: now.expected,
      // Chebyshev's bound for one maximum: true of any such distribution.
      chance: Math.min(1, 4 / (9 * now.z ** 2)),
      isAccepted: false,
      again: 0,
    }
    return { what: 'started', episode }
  }
  if (before === undefined && now === undefined) return { what: 'ended', episode: { ...open, end: hour - HOUR_MS } }
  if (now === undefined || Math.abs(now.seen - open.expected) <= Math.abs(open.peakValue - open.expected))
    return undefined
  return { what: 'grew', episode: { ...open, peak: hour, peakValue: now.seen } }
}

function valueIn({ requests, errors, p95 }: Hour, metric: Metric): number {
  return metric === 'requests' ? requests / 60 : metric === 'error_rate' ? errors / requests : p95
}

async function readHours(client: pg.ClientBase, from: number, until: number): Promise<Hour[]> {
  const columns = `(extract(epoch FROM period_start) * 1000)::float8 AS time, total_requests::float8 AS requests,
    error_count::float8 AS errors, p95_duration_ms AS p95`
  const { rows } = await client.query<Hour>(
    `SELECT environment, service, '' AS operation, ${columns} FROM kpi_rollups_hourly WHERE period_start >= $1 AND period_start < $2
     UNION ALL
     SELECT environment, service, operation, ${columns} FROM kpi_operations_hourly WHERE period_start >= $1 AND period_start < $2`,
    [new Date(from), new Date(until)],
  )
  return rows
}

async function readLevels(client: pg.ClientBase) {
  const { rows } = await client.query('SELECT * FROM anomaly_baselines')
  const bySeries = new Map(
    rows.map(row => [JSON.stringify([row.environment, row.service, row.operation, row.metric_name]), row]),
  )
  return (
    environment: string,
    service: string,
    operation: string,
    metric: string,
    slot: number,
  ): SlotLevel | undefined => {
    const row = bySeries.get(JSON.stringify([environment, service, operation, metric]))
    if (row === undefined || !(row.counts[slot] > 0)) return undefined
    return {
      median: row.medians[slot],
      sigma: row.sigmas[slot],
      p95: row.p95s[slot],
      count: row.counts[slot],
      ground: 'hour_of_week',
    }
  }
}
