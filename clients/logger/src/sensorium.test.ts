import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, startSensorium } from '../../../tests/sensorium-process.ts'
import { runProgram } from './testing/program.ts'

const PROGRAM = `const logger = createLogger({ service: 'shop', environment: 'test', version: '1.2.3', level: 'debug' })
const ids = { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8) }
logger.child({ name: 'orders', request_id: 'r1' }).info({ 'user.id': 'u1', total: 12.5, items: [{ sku: 7n }], ...ids }, 'placed')
logger.debug('quiet')
logger.error(new TypeError('no card', { cause: new RangeError('no bank') }))
process.exit()`

test('a running Sensorium has the lines as rows of application_logs, the error with its causes', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const ended = await runProgram(t, PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.http}` })
  assert.equal(ended.code, 0, ended.stderr)
  const [placed] = ended.stdout.map(line => JSON.parse(line) as { time: number; hostname: string }) // lines of pino

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query(
    `SELECT time_unix_nano, service, environment, service_version, hostname, request_id, user_id, trace_id, span_id, level,
            message, logger_name, context, error_type, error_message, error_stack, fingerprint IS NOT NULL AS known
     FROM application_logs ORDER BY logger_name NULLS LAST, level`,
  )
  const common = { service: 'shop', environment: 'test', service_version: '1.2.3', hostname: placed!.hostname }
  assert.equal(rows.length, 3)
  const [order, debug, error] = rows
  assert.deepEqual(order, {
    ...common,
    time_unix_nano: `${placed!.time}000000`,
    request_id: 'r1',
    user_id: 'u1',
    trace_id: 'ab'.repeat(16),
    span_id: 'cd'.repeat(8),
    level: 'info',
    message: 'placed',
    logger_name: 'orders',
    context: { request_id: 'r1', 'user.id': 'u1', total: 12.5, items: [{ sku: 7 }] },
    error_type: null,
    error_message: null,
    error_stack: null,
    known: true,
  })
  assert.partialDeepStrictEqual(debug, { ...common, level: 'debug', message: 'quiet', context: {}, logger_name: null })
  assert.partialDeepStrictEqual(error, {
    ...common,
    level: 'error',
    message: 'no card',
    error_type: 'TypeError',
    error_message: 'no card',
    known: true,
  })
  assert.match(error.error_stack, /^TypeError: no card\n {4}at [\s\S]+\nCaused by: RangeError: no bank\n {4}at /)
})
