import { board } from '../board.ts'
import { BAD } from '../colours.ts'
import { toErrors, toService } from '../links.ts'
import { logLines } from '../panels/log-lines.ts'
import { rows } from '../panels/rows.ts'
import { waterfall } from '../panels/waterfall.ts'
import { table } from '../query/postgres.ts'
import { environment, trace } from '../variables.ts'

const TRACE = 'lower(btrim(${trace:sqlstring}))'
/** Traces are found by their id alone: a link may come from another time. */
const SPANS = `FROM trace_spans WHERE trace_id = ${TRACE}`
const pairs = (from: string) =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object('key', a.key, 'value', a.value) ORDER BY a.key), '[]') FROM jsonb_each(${from}) a)`

const spans = waterfall({
  title: 'Trace',
  description: 'Spans of the trace whose id stands above, by when they began. Red ones failed.',
  width: 24,
  height: 20,
  queries: [
    table(`SELECT s.trace_id AS "traceID", s.span_id AS "spanID", s.parent_span_id AS "parentSpanID", s.service AS "serviceName",
        s.operation_name AS "operationName", s.start_time_unix_nano / 1000000.0::float8 AS "startTime", s.duration_ms AS duration,
        CASE s.status WHEN 'error' THEN 2 WHEN 'ok' THEN 1 ELSE 0 END AS "statusCode", s.status_message AS "statusMessage", s.kind,
        (${pairs(`coalesce(s.attributes, '{}') || CASE WHEN s.status = 'error' THEN '{"error": true}'::jsonb ELSE '{}' END`)})::text AS tags,
        (${pairs(`coalesce(r.attributes, '{}')`)})::text AS "serviceTags",
        (SELECT coalesce(jsonb_agg(jsonb_build_object('timestamp', (e ->> 'time_unix_nano')::numeric / 1000000, 'name', e ->> 'name',
          'fields', ${pairs(`coalesce(e -> 'attributes', '{}')`)})), '[]') FROM jsonb_array_elements(coalesce(s.events, '[]')) e)::text AS logs
      FROM (SELECT * ${SPANS} ORDER BY start_time_unix_nano LIMIT 5000) s LEFT JOIN telemetry_resources r USING (resource_id)
      ORDER BY s.start_time_unix_nano`),
  ],
})

const slowest = rows({
  title: 'Where the time went',
  description: 'Time that spans took themselves, without that of the spans below them, by operation.',
  unit: 'short',
  width: 12,
  height: 9,
  nothing: 'no trace of that id',
  fields: {
    service: { links: [toService(), toErrors()] },
    'own time': { unit: 'ms', decimals: 1 },
    longest: { unit: 'ms', decimals: 1 },
    failed: { steps: [{ from: 1, colour: BAD }] },
  },
  queries: [
    table(`WITH span AS MATERIALIZED (SELECT * ${SPANS} LIMIT 5000)
      SELECT s.service, s.operation_name AS operation, s.kind, count(*) AS spans, count(*) FILTER (WHERE s.status = 'error') AS failed,
        sum(greatest(s.duration_ms - coalesce(c.ms, 0), 0)) AS "own time", max(s.duration_ms) AS longest
      FROM span s LEFT JOIN (SELECT parent_span_id, sum(duration_ms) AS ms FROM span GROUP BY 1) c ON c.parent_span_id = s.span_id
      GROUP BY 1, 2, 3 ORDER BY 6 DESC LIMIT 100`),
  ],
})

const logs = logLines({
  title: 'Its log lines',
  description: 'Log lines that were written while the trace ran, of all services, in order.',
  width: 12,
  height: 9,
  nothing: 'no log lines with this trace id',
  queries: [
    table(`SELECT timestamp AS time, message AS body, level, service, span_id AS span FROM application_logs
      WHERE trace_id = ${TRACE} ORDER BY 1 DESC LIMIT 1000`),
  ],
})

export const traceBoard = board({
  board: 'trace',
  title: 'Trace',
  description: 'One request through all services, and what they logged meanwhile.',
  variables: [environment, trace],
  refresh: '',
  lines: [[spans], [slowest, logs]],
})
