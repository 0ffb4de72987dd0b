import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } })
const raised = (type: string, message: string, at: string) => ({
  name: 'exception',
  timeUnixNano: `${Date.now()}000000`,
  attributes: [
    attribute('exception.type', type),
    attribute('exception.message', message),
    attribute('exception.stacktrace', `${type}: ${message}\n    at ${at} (/app/src/${at}.ts:1:2)`),
  ],
})
const resource = {
  attributes: [attribute('service.name', 'checkout'), attribute('deployment.environment.name', 'prod')],
}

test('each exception of a failed span is a problem of its own, and a log keeps its own words beside its exception', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())

  const now = `${Date.now()}000000`
  const declined = raised('CardError', 'card declined', 'charge')
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 'POST /pay',
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    status: { code: 2, message: 'gave up' },
    events: [raised('TimeoutError', 'bank a is silent', 'ask'), { name: 'retry' }, declined, declined],
  }
  const { name: _, timeUnixNano, ...exception } = declined
  const log = (body: string) => ({ timeUnixNano, severityNumber: 17, body: { stringValue: body }, ...exception })
  const post = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${ports.http}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, 200, await response.text())
  }
  await post('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
  await post('logs', {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [log('order 17 was not paid'), log('')] }] }],
  })

  const { rows: events } = await client.query(
    'SELECT source, error_type, message, error_message FROM error_events ORDER BY source DESC, error_type DESC, message',
  )
  assert.deepEqual(events, [
    {
      source: 'trace_spans',
      error_type: 'TimeoutError',
      message: 'bank a is silent',
      error_message: 'bank a is silent',
    },
    { source: 'trace_spans', error_type: 'CardError', message: 'card declined', error_message: 'card declined' },
    { source: 'application_logs', error_type: 'CardError', message: 'card declined', error_message: 'card declined' },
    {
      source: 'application_logs',
      error_type: 'CardError',
      message: 'order 17 was not paid',
      error_message: 'card declined',
    },
  ])
  // The span's second exception and the two logs are one problem, whose ids are the same wherever people read them.
  const { rows: problems } = await client.query<{ fingerprint_hex: string; records: number }>(
    'SELECT fingerprint_hex, count(*)::int AS records FROM error_events GROUP BY 1, fingerprint ORDER BY 2',
  )
  assert.deepEqual(
    problems.map(one => one.records),
    [1, 3],
  )
  const card = problems[1]!.fingerprint_hex
  assert.match(card, /^[0-9a-f]{16}$/)
  const { rows: counted } = await client.query(
    `SELECT (SELECT count(*)::int FROM failure_records WHERE fingerprint = fingerprint_of($1)) AS failures,
       (SELECT sum(records)::int FROM fingerprint_counts WHERE fingerprint = fingerprint_of($1)) AS counted,
       (SELECT count(*)::int FROM application_logs WHERE fingerprint_hex = $1) AS logs,
       (SELECT other_problems FROM trace_spans) AS others`,
    [card],
  )
  assert.deepEqual(counted, [{ failures: 3, counted: 3, logs: 2, others: { [card]: 2 } }])
  const { rows: words } = await client.query(
    `SELECT whole_message(message, error_message) AS told FROM application_logs ORDER BY 1`,
  )
  assert.deepEqual(words, [{ told: 'card declined' }, { told: 'order 17 was not paid: card declined' }])
})
