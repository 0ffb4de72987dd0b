import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'

/** Rows of three days, of which questions ask an hour. */
const FILL = `
  INSERT INTO metric_series (series_id, metric_name, metric_type, service, environment, labels, flags, resource_id, scope_id, last_used)
  SELECT n, 'metric ' || n % 50, 'gauge', 'service ' || n % 20, 'prod', jsonb_build_object('pod', n), 0, 1, 1, now() FROM generate_series(1, 1000) n;
  INSERT INTO metric_points (timestamp, series_id, value)
  SELECT now() - interval '3 days' * (1 - n / 120000.0), 1 + n % 1000, n FROM generate_series(1, 120000) n;
  INSERT INTO span_shapes (shape_id, service, environment, operation_name, kind, flags, attributes, resource_id, scope_id, last_used)
  SELECT n, 'service ' || n % 200, 'prod', 'op ' || n % 7, 'server', 0, '{}', 1, 1, now() FROM generate_series(1, 1400) n;
  INSERT INTO spans (timestamp, duration_ms, shape_id, start_nanos, trace_id, span_id, status, request_id)
  SELECT now() - interval '3 days' * (1 - n / 120000.0), 1, 1 + n % 1400, 0, decode(md5((n / 8)::text), 'hex'), int8send(n),
    CASE WHEN n % 500 = 0 THEN 'error' ELSE 'unset' END, 'req-' || n / 8 FROM generate_series(1, 120000) n;
  INSERT INTO log_shapes (shape_id, service, environment, severity_number, flags, is_observed_at_once, context, resource_id, scope_id, last_used)
  SELECT n, 'service ' || n % 200, 'prod', 9, 0, true, '{}', 1, 1, now() FROM generate_series(1, 1400) n;
  INSERT INTO logs (timestamp, shape_id, nanos, level, message, trace_id, request_id)
  SELECT now() - interval '3 days' * (1 - n / 120000.0), 1 + n % 1400, 0, CASE WHEN n % 500 = 0 THEN 'error' ELSE 'info' END, 'm',
    decode(md5((n / 8)::text), 'hex'), 'req-' || n / 8 FROM generate_series(1, 120000) n`

interface Case {
  readonly promise: string
  readonly sql: string
  /** All of them must be in the plan. */
  readonly uses: readonly RegExp[]
}

const HOUR = `timestamp > now() - interval '1 hour'`
const CASES: readonly Case[] = [
  {
    promise: 'a metric of a service in an hour: the series by name, their points by index',
    sql: `SELECT timestamp, value FROM metrics_samples WHERE metric_name = 'metric 7' AND service = 'service 7' AND ${HOUR}`,
    uses: [/metric_series_name/, /(series_id_idx|metric_points_series_id|timestamp_idx|metric_points_time)/],
  },
  {
    promise: 'a label: the series by label, their points by index',
    sql: `SELECT timestamp, value FROM metrics_samples WHERE labels @> '{"pod": 77}' AND ${HOUR}`,
    uses: [/metric_series_labels/, /(series_id_idx|metric_points_series_id)/],
  },
  {
    promise: 'a metric of a service of all time',
    sql: `SELECT count(value) FROM metrics_samples WHERE metric_name = 'metric 7' AND labels @> '{"pod": 7}'`,
    uses: [/metric_series_(name|labels)/, /(series_id_idx|metric_points_series_id)/],
  },
  {
    promise: 'a trace',
    sql: `SELECT * FROM trace_spans WHERE trace_id = '${'a'.repeat(32)}'`,
    uses: [/encode(_idx|.*)|spans_trace_id/],
  },
  { promise: 'a request', sql: `SELECT * FROM trace_spans WHERE request_id = 'req-5'`, uses: [/request_id/] },
  {
    promise: 'the log lines of a trace',
    sql: `SELECT * FROM application_logs WHERE trace_id = '${'a'.repeat(32)}' ORDER BY timestamp`,
    uses: [/encode(_idx|.*)|logs_trace_id/],
  },
  {
    promise: 'a service that is one of many, in an hour: by its shapes or its time',
    sql: `SELECT count(*), avg(duration_ms) FROM trace_spans WHERE service = 'service 9' AND ${HOUR}`,
    uses: [/span_shapes/, /(shape_id|timestamp)\w*/],
  },
  {
    promise: 'the latest errors',
    sql: `SELECT message FROM application_logs WHERE level IN ('error', 'fatal') AND ${HOUR} ORDER BY timestamp DESC LIMIT 20`,
    uses: [/Index/],
  },
]

describe('through the views, a question reaches its rows by an index:', () => {
  let client: pg.Client
  before(async () => {
    const { url } = await createDatabase()
    client = new pg.Client(url)
    await client.connect()
    await client.query(FILL)
    for (const table of ['metric_points', 'metric_series', 'spans', 'span_shapes', 'logs', 'log_shapes'])
      await client.query(`ANALYZE ${table}`)
  })
  after(() => client.end())

  for (const { promise, sql, uses } of CASES) {
    test(promise, async () => {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF) ${sql}`,
      )
      const plan = rows.map(row => row['QUERY PLAN']).join('\n')
      for (const use of uses) assert.match(plan, use)
      // A heap of more than the default and the empty partitions ahead is never read from end to end.
      const whole = plan
        .split('\n')
        .filter(
          line =>
            /Seq Scan on (metric_points|spans|logs)/.test(line) && !/rows=0\b|rows=0\.00|never executed/.test(line),
        )
      assert.deepEqual(whole, [], plan)
    })
  }

  test('what nobody asks of the dictionary costs no join', async () => {
    const { rows } = await client.query(`EXPLAIN SELECT count(*) FROM trace_spans WHERE ${HOUR} AND status = 'error'`)
    assert.doesNotMatch(JSON.stringify(rows), /span_shapes/)
  })
})
