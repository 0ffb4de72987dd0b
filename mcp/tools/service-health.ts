import { z } from 'zod'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, env, minutes, rangeOf, service, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** The baseline is so many times as long as the range that is asked about, right before it. */
const BASELINE_FACTOR = 4
/** Of errors, operations and gauges. */
const SHOWN = 8

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
    const against = [service, env, before, from, to]
    const [requests] = await access.shown('SELECT * FROM service_requests($1, $2, $3, $4, $5)', against)
    const errors = await access.shown(ERRORS, [service, env, from, to])
    const operations = await access.shown(OPERATIONS, [service, env, from, to])
    const saturation = await access.shown('SELECT * FROM service_saturation($1, $2, $3, $4, $5) LIMIT 9', against)
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
        { name: 'errors', ...page(errors, SHOWN), more: 'error_fingerprint_summary' },
        { name: 'operations', ...page(operations, SHOWN), more: 'query_sql' },
        { name: 'saturation', ...page(saturation, SHOWN), more: 'query_sql' },
      ],
      next: isEmpty ? [] : [nextCall('what_changed', { service, minutes })],
      empty: isEmpty ? await whyEmpty(access, { env, service, from, to }) : undefined,
    }
  },
})

function baselineNote({ minutes_before: before }: Row): string {
  return before === undefined ? ' There is nothing before it to compare with.' : ''
}

const MINE = `service = $1 AND is_among(environment, environment_names($2))`

const OPERATIONS = `
  SELECT operation_name AS operation, count(*)::int AS requests, count(*) FILTER (WHERE status = 'error')::int AS errors,
    round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms))::numeric, 1)::float8 AS p95_ms
  FROM trace_spans WHERE ${MINE} AND timestamp > $3 AND timestamp <= $4 AND kind IN ('server', 'consumer')
  GROUP BY 1 ORDER BY 3 DESC, 4 DESC LIMIT ${SHOWN + 1}`

const ERRORS = `
  SELECT lpad(to_hex(e.fingerprint), 16, '0') AS fingerprint, count(*)::int AS records, max(e.timestamp) AS last_seen, max(f.template) AS template
  FROM error_events e LEFT JOIN fingerprints f USING (fingerprint)
  WHERE e.service = $1 AND is_among(e.environment, environment_names($2))
    AND e.timestamp > $3 AND e.timestamp <= $4 AND e.fingerprint IS NOT NULL
  GROUP BY 1 ORDER BY 2 DESC LIMIT ${SHOWN + 1}`
