import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Episode } from '../../analysis/detect/episodes.ts'
import { type Series, seriesKey } from '../../analysis/detect/series.ts'
import { sentenceOf, severityOf } from '../../analysis/detect/tell.ts'
import type { Change } from '../../analysis/detect/watch.ts'
import type { SharedTraits } from './shared.ts'

/** The same in every process that sees the same: made of the series, the metric and the first minute. */
export function anomalyId(series: Series, metric: string, start: number): string {
  const hex = createHash('sha256')
    .update(`${seriesKey(series)} ${metric} ${start}`)
    .digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

export interface Evidence {
  readonly shared: SharedTraits | undefined
  readonly changedBefore: readonly string[]
  readonly release: string | undefined
}

export interface Written {
  readonly revision: number
  readonly release: string | undefined
}

/** Begun, grown, ended: one row. What people said of it stays. */
export async function writeAnomaly(
  client: pg.ClientBase,
  change: Change,
  evidence: Evidence | undefined,
  now: number,
): Promise<Written> {
  const { series, metric, episode } = change
  const deviation =
    episode.expected === 0 ? 100 : (100 * (episode.peakValue - episode.expected)) / Math.abs(episode.expected)
  const { rows } = await client.query<{ revision: number; release: string | null }>(
    `INSERT INTO anomalies AS a (id, timestamp, service, metric_name, anomaly_type, severity, current_value, expected_value,
       deviation_percent, description, environment, series_kind, series_name, started_at, found_at, peak_at, ended_at, chance,
       again, became_usual, shared, shared_at, changed_before, updated_at, written_at, metadata, release)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $2, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23, $24, $25)
     ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, current_value = excluded.current_value,
       deviation_percent = excluded.deviation_percent, description = excluded.description, peak_at = excluded.peak_at,
       ended_at = excluded.ended_at, chance = excluded.chance, again = excluded.again, became_usual = excluded.became_usual,
       shared = coalesce(excluded.shared, a.shared), shared_at = coalesce(excluded.shared_at, a.shared_at),
       release = coalesce(a.release, excluded.release), updated_at = excluded.updated_at, revision = a.revision + 1
     RETURNING revision, release`,
    [
      anomalyId(series, metric, episode.start),
      new Date(episode.foundAt),
      series.service,
      metric,
      episode.type,
      severityOf(change),
      finite(episode.peakValue),
      finite(episode.expected),
      finite(deviation),
      sentenceOf(change),
      series.environment,
      series.kind,
      series.name,
      new Date(episode.start),
      new Date(episode.peak),
      episode.end === undefined ? null : new Date(episode.end),
      episode.chance,
      episode.again,
      episode.isAccepted,
      evidence?.shared === undefined ? null : JSON.stringify(evidence.shared),
      evidence?.shared === undefined ? null : new Date(now),
      JSON.stringify(evidence?.changedBefore ?? []),
      new Date(now),
      JSON.stringify({ minutes: change.count, severity_number: series.severityNumber, title: series.title }),
      evidence?.release ?? null,
    ],
  )
  const { revision, release } = rows[0]!
  return { revision, release: release ?? undefined }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

export interface OpenAnomaly {
  readonly series: Series
  readonly metric: string
  readonly episode: Episode
}

/** Episodes that are going on, as the detector has them: those that minutes tell of, or those that hours do. */
export async function readOpenAnomalies(
  client: pg.ClientBase,
  of: 'minutes' | 'hours',
): Promise<readonly OpenAnomaly[]> {
  const { rows } = await client.query(
    `SELECT environment, service, series_kind AS kind, series_name AS name, (metadata->>'severity_number')::int AS severity_number,
       metadata->>'title' AS title, metric_name, anomaly_type, started_at, found_at, peak_at, current_value, expected_value, chance, again
     FROM anomalies WHERE ended_at IS NULL AND (metric_name LIKE '%\\_hour') = $1 ORDER BY started_at LIMIT 10000`,
    [of === 'hours'],
  )
  return rows.map(row => ({
    series: {
      kind: row.kind,
      environment: row.environment,
      service: row.service,
      name: row.name,
      ...(row.severity_number === null ? {} : { severityNumber: row.severity_number }),
      ...(row.title === null ? {} : { title: row.title }),
    },
    metric: row.metric_name,
    episode: {
      start: +row.started_at,
      foundAt: +row.found_at,
      peak: +row.peak_at,
      peakValue: row.current_value,
      end: undefined,
      type: row.anomaly_type,
      seen: row.current_value,
      expected: row.expected_value,
      chance: row.chance,
      isAccepted: false,
      again: row.again,
    },
  }))
}
