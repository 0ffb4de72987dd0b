import type pg from 'pg'
import type { MetricValue } from '../../analysis/detect/detector.ts'

/** A metric that the configuration names. */
export interface WatchedMetric {
  readonly name: string
  /** Of this service alone; all that send it where it is not said. */
  readonly service?: string | undefined
  /** Which way is worse. */
  readonly worse: 'up' | 'down' | 'both'
  readonly sigmas: number
  readonly changeMin: number
}

/** Named metrics by minute, of each service the mean over its series (metrics_1min without labels, and with the environment); minutes without a point are left out. */
export async function readMetricMinutes(
  client: pg.ClientBase,
  metrics: readonly WatchedMetric[],
  from: number,
  until: number,
): Promise<ReadonlyMap<number, readonly MetricValue[]>> {
  const { rows } = await client.query<{
    time: number
    metric: string
    service: string
    environment: string
    value: number
  }>(
    `SELECT (extract(epoch FROM date_trunc('minute', timestamp, 'UTC')) * 1000)::float8 AS time, metric_name AS metric, service, environment,
       avg(value) AS value
     FROM metrics_samples WHERE timestamp >= $1 AND timestamp < $2 AND metric_name = ANY ($3) AND value IS NOT NULL
     GROUP BY 1, 2, 3, 4`,
    [new Date(from), new Date(until), [...new Set(metrics.map(({ name }) => name))]],
  )
  const values = rows.flatMap(row => {
    const named = metrics.find(
      one => one.name === row.metric && (one.service === undefined || one.service === row.service),
    )
    if (named === undefined) return []
    const { worse, sigmas, changeMin } = named
    return [{ time: row.time, value: { ...row, rule: { worse, sigmas, changeMin } } }]
  })
  return new Map(
    [...Map.groupBy(values, ({ time }) => time)].map(([time, some]) => [time, some.map(({ value }) => value)]),
  )
}
