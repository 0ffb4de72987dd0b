import { z } from 'zod'
import { counted, nextCall, type Row } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, env, minutes, rangeOf, service, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** The baseline is so many times as long as the range that is asked about, right before it. */
const BASELINE_FACTOR = 4

export const serviceHealth = defineTool({
  name: 'service_health',
  title: 'A service against its own baseline',
  description:
    'Request rate, errors, p50/p95/p99 and saturation of a service against the time right before. {"service":"checkout"}',
  input: z.strictObject({ service, env, minutes: minutes(60), until, ...budget }),
  async run({ service, env, minutes, until }, access) {
    if (service === undefined) throw new ToolRefusal('name one service, such as {"service":"checkout"}')
    allowedServices(access, service)
    const { from, to } = rangeOf(access, minutes, until)
    const before = new Date(+from - minutes * BASELINE_FACTOR * 60_000)
    const [requests] = await access.shown(REQUESTS, [service, env, from, to, before, minutes])
    const operations = await access.shown(OPERATIONS, [service, env, from, to])
    const errors = await access.shown(ERRORS, [service, env, from, to])
    const saturation = await access.shown(SATURATION, [service, env, from, to, before])
    const isEmpty =
      requests === undefined || (Number(requests.requests) === 0 && errors.length === 0 && saturation.length === 0)
    return {
      summary: isEmpty
        ? 'Nothing of this service.'
        : `${counted(Number(requests.requests), 'request')} in ${counted(minutes, 'minute')}, ${requests.errors} of them failed.${baselineNote(requests)}`,
      from,
      to,
      sections: [
        { name: 'requests', rows: isEmpty ? [] : [requests] },
        { name: 'errors', rows: errors },
        { name: 'operations', rows: operations },
        { name: 'saturation', rows: saturation },
      ],
      next: isEmpty ? [] : [nextCall('what_changed', { service, minutes })],
      empty: isEmpty ? await whyEmpty(access, { env, service, from, to }) : undefined,
    }
  },
})

function baselineNote({ minutes_before: before }: Row): string {
  return before === undefined ? ' There is nothing before it to compare with.' : ''
}

const MINE = `service = $1 AND (environment_names($2) IS NULL OR environment = ANY (environment_names($2)))`

/**
 * Requests are what others ask of it: server and consumer spans. The rate before is that of the time that there is data
 * of: a service that is new has no long past.
 */
const REQUESTS = `
  SELECT count(*) FILTER (WHERE now)::int AS requests, round((count(*) FILTER (WHERE now) / $6::numeric), 2)::float8 AS per_minute,
    round((count(*) FILTER (WHERE NOT now) / nullif(extract(epoch FROM $3::timestamptz - min(at) FILTER (WHERE NOT now)) / 60, 0)), 2)::float8 AS per_minute_before,
    round((extract(epoch FROM $3::timestamptz - min(at) FILTER (WHERE NOT now)) / 60), 1)::float8 AS minutes_before,
    count(*) FILTER (WHERE now AND failed)::int AS errors,
    round(100.0 * count(*) FILTER (WHERE now AND failed) / nullif(count(*) FILTER (WHERE now), 0), 2)::float8 AS error_percent,
    round(100.0 * count(*) FILTER (WHERE NOT now AND failed) / nullif(count(*) FILTER (WHERE NOT now), 0), 2)::float8 AS error_percent_before,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8 AS p50_ms,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8 AS p95_ms,
    round((percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE now))::numeric, 1)::float8 AS p99_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8 AS p50_ms_before,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8 AS p95_ms_before,
    round((percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE NOT now))::numeric, 1)::float8 AS p99_ms_before
  FROM (SELECT duration_ms, timestamp AS at, timestamp > $3 AS now, status = 'error' AS failed FROM trace_spans
    WHERE ${MINE} AND timestamp > $5 AND timestamp <= $4 AND kind IN ('server', 'consumer')) s`

const OPERATIONS = `
  SELECT operation_name AS operation, count(*)::int AS requests, count(*) FILTER (WHERE status = 'error')::int AS errors,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms))::numeric, 1)::float8 AS p95_ms
  FROM trace_spans WHERE ${MINE} AND timestamp > $3 AND timestamp <= $4 AND kind IN ('server', 'consumer')
  GROUP BY 1 ORDER BY 3 DESC, 4 DESC LIMIT 8`

const ERRORS = `
  SELECT lpad(to_hex(e.fingerprint), 16, '0') AS fingerprint, count(*)::int AS records, max(e.timestamp) AS last_seen, max(f.template) AS template
  FROM error_events e LEFT JOIN fingerprints f USING (fingerprint)
  WHERE e.service = $1 AND (environment_names($2) IS NULL OR e.environment = ANY (environment_names($2)))
    AND e.timestamp > $3 AND e.timestamp <= $4 AND e.fingerprint IS NOT NULL
  GROUP BY 1 ORDER BY 2 DESC LIMIT 8`

/** What fills up: gauges whose names say so. */
const SATURATION = `
  SELECT metric_name AS metric, unit, round(avg(value) FILTER (WHERE timestamp > $3)::numeric, 3)::float8 AS average,
    round(max(value) FILTER (WHERE timestamp > $3)::numeric, 3)::float8 AS maximum,
    round(avg(value) FILTER (WHERE timestamp <= $3)::numeric, 3)::float8 AS average_before
  FROM metrics_samples WHERE ${MINE} AND timestamp > $5 AND timestamp <= $4 AND value IS NOT NULL AND metric_type = 'gauge'
    AND metric_name ~* '(cpu|memory|heap|queue|pool|connections|utilization|saturation|pending|lag|delay)'
  GROUP BY 1, 2 HAVING count(*) FILTER (WHERE timestamp > $3) > 0
  ORDER BY abs(coalesce(avg(value) FILTER (WHERE timestamp > $3), 0) - coalesce(avg(value) FILTER (WHERE timestamp <= $3), 0))
    / nullif(abs(avg(value) FILTER (WHERE timestamp <= $3)), 0) DESC NULLS LAST LIMIT 10`
