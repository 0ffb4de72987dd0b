import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, startSensorium } from '../../../tests/sensorium-process.ts'
import { createDebugQueue, type DebugQueueOptions } from './index.ts'

test('a running Sensorium has the same row of an event by the webhook and by OTLP, and takes it as Loki does', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const tokens = { DEBUG_QUEUE_TOKEN: 'webhook-token', SENSORIUM_LOKI_TOKEN: 'loki-token' }
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url, ...tokens } })
  t.after(() => sensorium.end('SIGTERM'))
  const application = `http://127.0.0.1:${ports.application}`
  const ways: readonly DebugQueueOptions[] = [
    { url: `${application}/webhook/event`, token: tokens.DEBUG_QUEUE_TOKEN },
    { otlpEndpoint: `http://127.0.0.1:${ports.http}` },
    { lokiUrl: application, token: tokens.SENSORIUM_LOKI_TOKEN },
  ]
  for (const [i, way] of ways.entries()) {
    const queue = createDebugQueue({ ...way, environment: 'prod', onWarning: message => t.diagnostic(message) })
    const given = { service: 'SessionManager', errorCode: 'TIMEOUT', correlationId: `txn-${i}` }
    queue.log('SESSION_DROP', { ...given, details: { userId: '123' } }, { priority: 'high' })
    assert.equal(await queue.flush(20_000), true)
    assert.deepEqual(queue.status(), { pending: 0, sent: 1, dropped: 0 }, JSON.stringify(way))
  }

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query(
    `SELECT service, environment, level, event_name, message, request_id, context
     FROM application_logs WHERE service = 'SessionManager' ORDER BY timestamp`,
  )
  assert.equal(rows.length, 3)
  const expected = ['txn-0', 'txn-1'].map(id => ({
    service: 'SessionManager',
    environment: 'prod',
    level: 'error',
    event_name: 'debug.SESSION_DROP',
    message: 'SESSION_DROP: TIMEOUT',
    request_id: id,
    context: {
      'debug.event_type': 'SESSION_DROP',
      'debug.correlation_id': id,
      'debug.error_code': 'TIMEOUT',
      'debug.priority': 'high',
      'debug.details.userId': '123',
      request_id: id,
    },
  }))
  assert.deepEqual(rows.slice(0, 2), expected)
  const { message } = rows[2] as { message: string }
  assert.partialDeepStrictEqual(JSON.parse(message), { eventType: 'SESSION_DROP', correlationId: 'txn-2' })
})
