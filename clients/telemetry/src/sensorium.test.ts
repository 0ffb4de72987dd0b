import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, startSensorium } from '../../../tests/sensorium-process.ts'
import { runBuyer, startShop } from './testing/processes.ts'

test('a running Sensorium has the trace of two processes as rows that name each other', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
  t.after(() => sensorium.end('SIGTERM'))
  const environment = { TELEMETRY_EXPORTER_OTLP_URL: `http://127.0.0.1:${ports.http}/v1/traces`, NODE_ENV: 'test' }
  const shop = await startShop(t, environment)
  assert.equal((await runBuyer(t, shop.url, environment)).code, 0)
  const ended = new Promise(resolve => shop.child.once('exit', resolve))
  shop.child.kill('SIGTERM')
  await ended

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query(
    `SELECT child.service, child.environment, child.kind, child.status, parent.service AS of_service, parent.kind AS of_kind,
            count(*)::int
     FROM trace_spans child LEFT JOIN trace_spans parent
       ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 3, 4, 5`,
  )
  const test = { environment: 'test' }
  assert.deepEqual(rows, [
    { ...test, service: 'buyer', kind: 'client', status: 'error', of_service: 'buyer', of_kind: 'internal', count: 2 },
    { ...test, service: 'buyer', kind: 'client', status: 'unset', of_service: 'buyer', of_kind: 'internal', count: 2 },
    { ...test, service: 'buyer', kind: 'internal', status: 'unset', of_service: null, of_kind: null, count: 1 },
    { ...test, service: 'shop', kind: 'client', status: 'unset', of_service: 'shop', of_kind: 'server', count: 2 },
    { ...test, service: 'shop', kind: 'server', status: 'error', of_service: 'buyer', of_kind: 'client', count: 1 },
    { ...test, service: 'shop', kind: 'server', status: 'unset', of_service: 'buyer', of_kind: 'client', count: 2 },
    { ...test, service: 'shop', kind: 'server', status: 'unset', of_service: 'shop', of_kind: 'client', count: 2 },
  ])
})
