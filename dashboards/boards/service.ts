import { board } from '../board.ts'
import { BAD, ERROR_STEPS, GOOD, QUANTILES, WATCH } from '../colours.ts'
import { to, toErrors, toTrace } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { CALLS_FROM, FROM, isChosen, ofEnvironment, ofOperation, ofService, UNTIL } from '../query/range.ts'
import { SECONDS_OF_POINT, SECONDS_OF_RANGE, withRequests } from '../query/requests.ts'
import { environment, operation, service } from '../variables.ts'

const COUNTS = withRequests({ service: true, operation: true, counts: 'time' })
const ALL_REQUESTS = withRequests({ service: true, operation: true })
const THIS = `${ofEnvironment()} AND ${ofService()}`

const rate = figure({
  title: 'Requests',
  description: 'Requests a second over the time shown, of the chosen service and operation.',
  unit: 'reqps',
  width: 6,
  queries: [table(`${ALL_REQUESTS} SELECT sum(requests) / ${SECONDS_OF_RANGE} AS "requests" FROM requests`)],
})

const failed = figure({
  title: 'Failed',
  description: 'Share of the requests that failed. Below 1 % is usual.',
  unit: 'percent',
  decimals: 2,
  width: 6,
  steps: ERROR_STEPS,
  queries: [table(`${ALL_REQUESTS} SELECT 100.0 * sum(errors) / nullif(sum(requests), 0) AS "failed" FROM requests`)],
})

const p95 = figure({
  title: 'p95',
  description: 'One request in twenty took longer than this.',
  unit: 'ms',
  decimals: 0,
  width: 6,
  queries: [table(`${ALL_REQUESTS} SELECT sketch_quantile(sketch_sum(sketch), 0.95) AS "p95" FROM requests`)],
})

const anomalies = figure({
  title: 'Unusual now',
  description: 'Anomalies of the service that have not ended at the end of the time shown.',
  unit: 'short',
  width: 6,
  steps: [{ from: 1, colour: WATCH }],
  queries: [
    table(`SELECT count(*) AS "unusual" FROM anomalies
      WHERE started_at <= ${UNTIL} AND coalesce(ended_at, 'infinity') > ${UNTIL} AND ${THIS}`),
  ],
})

const rates = lines({
  title: 'Requests and failures',
  description:
    'Requests a second, and how many of them failed. Vertical lines are releases and changes, bands the times in which something was unusual.',
  unit: 'reqps',
  width: 12,
  colours: { failed: BAD, requests: GOOD },
  queries: [
    series(`${COUNTS}
      SELECT $__timeGroupAlias(at, $__interval), 'requests' AS metric, sum(requests) / ${SECONDS_OF_POINT} AS value
      FROM requests GROUP BY 1, 2
      UNION ALL
      SELECT $__timeGroupAlias(at, $__interval), 'failed', sum(errors) / ${SECONDS_OF_POINT}
      FROM requests GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const durations = lines({
  title: 'Durations',
  description: 'Half of the requests are faster than p50, 95 % than p95, 99 % than p99. Within 1 % of the exact value.',
  unit: 'ms',
  width: 12,
  colours: QUANTILES,
  queries: [
    series(`${withRequests({ service: true, operation: true, quantiles: true })}, point AS (SELECT $__timeGroupAlias(at, $__interval), sketch_sum(sketch) AS sketch FROM requests GROUP BY 1)
      SELECT p.time, q.metric, q.value
      FROM point p CROSS JOIN LATERAL unnest(ARRAY['p50', 'p95', 'p99'], sketch_quantiles(p.sketch, ARRAY[0.5, 0.95, 0.99])) q (metric, value)
      ORDER BY 1, 2`),
  ],
})

const operations = rows({
  title: 'Operations',
  description: 'The operations of the service, those that fail most first; choose one above.',
  unit: 'short',
  width: 24,
  height: 9,
  fields: {
    'a second': { unit: 'reqps' },
    failed: { unit: 'percent', decimals: 2, steps: ERROR_STEPS },
    p50: { unit: 'ms', decimals: 0 },
    p95: { unit: 'ms', decimals: 0 },
    operation: { links: [to('service', 'Only this operation', { service: 'service', operation: 'operation' })] },
  },
  queries: [
    table(`${ALL_REQUESTS}
      SELECT service, operation, sum(requests) / ${SECONDS_OF_RANGE} AS "a second", 100.0 * sum(errors) / nullif(sum(requests), 0) AS failed,
        sketch_quantile(sketch_sum(sketch), 0.5) AS p50, sketch_quantile(sketch_sum(sketch), 0.95) AS p95
      FROM requests GROUP BY 1, 2 ORDER BY 4 DESC NULLS LAST, 3 DESC LIMIT 100`),
  ],
})

const unusual = rows({
  title: 'Unusual values',
  description:
    'Where a value left what is usual for it, by how much, and since when; a rate, errors or durations, by minute.',
  unit: 'short',
  width: 24,
  height: 9,
  nothing: 'nothing unusual in this time',
  fields: { change: { unit: 'percent', decimals: 0 } },
  queries: [
    table(`SELECT started_at AS began, ended_at AS ended, severity, metric_name AS metric,
        concat_ws(' ', service, nullif(series_name, '')) AS of,
        current_value AS value, expected_value AS usual, deviation_percent AS change, description
      FROM anomalies WHERE started_at <= ${UNTIL} AND coalesce(ended_at, 'infinity') >= ${FROM} AND ${THIS}
      ORDER BY started_at DESC LIMIT 50`),
  ],
})

const traces = rows({
  title: 'Slow and failed requests',
  description:
    'For each minute and operation one request as an example, a failed one where there is one. The trace tells where its time went.',
  unit: 'short',
  width: 12,
  height: 9,
  fields: {
    trace: { links: [toTrace()] },
    p95: { unit: 'ms', decimals: 0 },
    failed: { unit: 'percent', decimals: 1, steps: ERROR_STEPS },
  },
  queries: [
    table(`SELECT minute AS time, service, operation, 100.0 * errors / nullif(requests, 0) AS failed, sketch_quantile(sketch, 0.95) AS p95, trace_id AS trace
      FROM (SELECT * FROM request_minutes
        WHERE is_request AND minute >= greatest(${FROM}, ${UNTIL} - interval '26 hours') AND minute <= ${UNTIL}
          AND ${THIS} AND ${ofOperation()} AND trace_id IS NOT NULL
        ORDER BY errors DESC, duration_ms / nullif(requests, 0) DESC NULLS LAST, minute DESC LIMIT 100) m
      ORDER BY errors DESC, 5 DESC NULLS LAST, 1 DESC`),
  ],
})

const statements = rows({
  title: 'Calls to databases',
  description:
    'What the service asks of databases: how often, how long, how much of the time in all. Of the last 26 hours at most.',
  unit: 'short',
  width: 12,
  height: 9,
  nothing: 'it calls no database',
  fields: {
    'a second': { unit: 'reqps' },
    failed: { unit: 'percent', decimals: 2, steps: ERROR_STEPS },
    p95: { unit: 'ms', decimals: 1 },
    'time in all': { unit: 'ms' },
  },
  queries: [
    table(`SELECT operation AS call, peer AS database, sum(requests) / ${SECONDS_OF_RANGE} AS "a second",
        100.0 * sum(errors) / nullif(sum(requests), 0) AS failed, sketch_quantile(sketch_sum(sketch), 0.95) AS p95, sum(duration_ms) AS "time in all"
      FROM request_minutes
      WHERE peer_kind = 'database' AND minute >= greatest(${FROM}, ${UNTIL} - interval '26 hours') AND minute <= ${UNTIL} AND ${THIS}
      GROUP BY 1, 2 ORDER BY 6 DESC LIMIT 50`),
  ],
})

const dependencies = rows({
  title: 'Whom it calls, who calls it',
  description:
    'Calls between the service and others of the last six hours at most. A dependency that fails more than the service itself is the place to look.',
  unit: 'short',
  width: 12,
  height: 9,
  nothing: 'no calls in this time',
  fields: {
    calls: { decimals: 0 },
    failed: { unit: 'percent', decimals: 2, steps: ERROR_STEPS },
    p95: { unit: 'ms', decimals: 0 },
    callee: { links: [to('service', 'What this service does', { service: 'callee' })] },
    caller: { links: [to('service', 'What this service does', { service: 'caller' })] },
  },
  queries: [
    table(`SELECT caller, callee, callee_kind AS kind, calls, 100.0 * errors / nullif(calls, 0) AS failed, p95_ms AS p95, trace_id AS trace
      FROM call_edges(${CALLS_FROM}, ${UNTIL})
      WHERE ${ofEnvironment()} AND ${isChosen('service', 'caller', 'callee')} ORDER BY 5 DESC NULLS LAST, 4 DESC NULLS LAST LIMIT 100`),
  ],
})

const patterns = rows({
  title: 'Log lines and errors by pattern',
  description: 'What the service logs and throws, alike ones counted together. Its new ones are first.',
  unit: 'short',
  width: 12,
  height: 9,
  links: [toErrors()],
  fields: { 'first seen': { unit: 'dateTimeFromNow' } },
  queries: [
    table(`SELECT CASE WHEN f.first_seen >= ${FROM} THEN 'new' ELSE f.status END AS flag, f.kind, m.service, f.template AS pattern, m.records, f.first_seen AS "first seen"
      FROM (SELECT fingerprint, service, sum(records) AS records FROM fingerprint_minutes WHERE $__timeFilter(minute) AND ${THIS} GROUP BY 1, 2) m
      JOIN fingerprints f USING (fingerprint)
      ORDER BY f.kind = 'error' DESC, f.first_seen >= ${FROM} DESC, m.records DESC LIMIT 100`),
  ],
})

/** The subquery in its arguments keeps the function from being planned into the statement, without knowing the problem. */
const shared = rows({
  title: 'What the failed requests share',
  description:
    'Of the most frequent error of the service, in the environment that has most of it: attributes that its failed requests have and requests that went well at the same time have not.',
  unit: 'short',
  width: 24,
  height: 7,
  nothing: 'no failed requests, or they share nothing',
  fields: {
    'of the failed': { unit: 'percent', steps: [{ from: 90, colour: BAD }] },
    'of the good': { unit: 'percent' },
  },
  queries: [
    table(`SELECT attribute, value, failing AS "failed requests", failing_percent AS "of the failed", good AS "good requests", good_percent AS "of the good"
      FROM (
          SELECT fingerprint_hex(m.fingerprint) AS fingerprint, m.environment FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
          WHERE $__timeFilter(minute) AND f.kind = 'error' AND ${THIS} GROUP BY m.fingerprint, m.environment ORDER BY sum(m.records) DESC, 1 LIMIT 1
        ) most CROSS JOIN LATERAL what_failures_share(
          (SELECT most.fingerprint), greatest(${FROM}, ${UNTIL} - interval '26 hours'), ${UNTIL}, nullif(most.environment, ''))
      WHERE failing_percent >= 50 AND failing_percent >= 2 * coalesce(good_percent, 0) LIMIT 20`),
  ],
})

const BANDS = `SELECT started_at AS time, least(coalesce(ended_at, ${UNTIL}), ${UNTIL}) AS timeend, description AS text, severity AS tags
  FROM anomalies WHERE started_at <= ${UNTIL} AND coalesce(ended_at, 'infinity') >= ${FROM} AND ${THIS} ORDER BY 1 LIMIT 200`

export const serviceDive = board({
  board: 'service',
  title: 'Service',
  description: 'One service: how much, how well, how fast; whom it calls; what its failures share.',
  variables: [environment, service, operation],
  withChanges: true,
  bands: BANDS,
  lines: [
    [rate, failed, p95, anomalies],
    [rates, durations],
    [operations],
    [unusual],
    [shared],
    [traces, dependencies],
    [statements, patterns],
  ],
})
