import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, startSensorium } from '../../../tests/sensorium-process.ts'
import * as observer from './index.ts'

const SECRET = 'a secret that both know'

/** Hands requests on to the port, and loses the first answer. Returns its own port. */
async function loseOneAnswer(t: TestContext, port: number): Promise<{ port: number; answers: () => number }> {
  let answers = 0
  const proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, answer => {
      answers += 1
      if (answers === 1) answer.resume().once('end', () => outgoing.destroy())
      else answer.pipe(outgoing.writeHead(answer.statusCode ?? 502))
    })
    incoming.pipe(onward)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => proxy.close().closeAllConnections())
  return { port: (proxy.address() as AddressInfo).port, answers: () => answers }
}

test('a running Sensorium has each event as one row, whatever is in it, and when an answer got lost', async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url, PULSE_INGEST_SECRET: SECRET } })
  t.after(() => sensorium.end('SIGTERM'))
  observer.configureObserver({
    url: `http://127.0.0.1:${ports.application}/ingest/buddy`,
    secret: SECRET,
    env: 'prod',
    release: '4.2',
    onWarning: message => t.diagnostic(message),
  })
  const deal_id = 'd-17'
  await observer.emitDealTransition({ deal_id, from_stage: 'intake', to_stage: 'underwriting' })
  const cause = new Error('socket closed', { cause: { message: 'duplicate key', code: '23505' } })
  const error = new TypeError('x is not a function', { cause })
  await observer.emitDealError({
    deal_id,
    stage: 'underwriting',
    error,
    context: { password: 'hunter2', step: 'memo' },
  })
  await observer.captureException('nul \u0000, half a pair \ud83d, whole 🎉, \u2028', {
    type: 'integration.fail',
    deal_id,
  })
  // The second is refused: no type starts with a digit. The others must not suffer for it.
  await observer.emitObserverEvent({ type: '1st', message: 'refused' })
  await observer.emitServiceError({ service: 'supabase', error: 'timeout', context: { table: 'deals' } })
  assert.equal(await observer.flushObserver(20_000), true)
  assert.deepEqual(observer.observerStatus(), { pending: 0, sent: 4, dropped: 1 })

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query(
    `SELECT product, env, severity, type, deal_id, stage, message, context, error, error_type, release
     FROM buddy_observer_events ORDER BY type`,
  )
  assert.equal(rows.length, 4)
  assert.partialDeepStrictEqual(rows, [
    {
      type: 'deal.error',
      severity: 'error',
      message: 'x is not a function',
      error_type: 'TypeError',
      error: { cause: { message: 'socket closed', cause: { message: 'duplicate key', code: '23505' } } },
      context: { password: '[redacted]', step: 'memo' },
    },
    {
      product: 'buddy',
      env: 'prod',
      release: '4.2',
      severity: 'info',
      type: 'deal.transition',
      deal_id,
      stage: 'underwriting',
      message: 'deal moved from intake to underwriting',
      context: { from_stage: 'intake', to_stage: 'underwriting' },
    },
    { type: 'integration.fail', deal_id },
    { type: 'service.error', message: 'timeout', context: { table: 'deals', service: 'supabase' } },
  ])

  const proxy = await loseOneAnswer(t, ports.application)
  observer.configureObserver({ url: `http://127.0.0.1:${proxy.port}/ingest/buddy` })
  for (const message of ['one', 'two']) await observer.emitObserverEvent({ type: 'workflow.step', message })
  assert.equal(await observer.flushObserver(20_000), true)
  const again = await client.query(`SELECT message FROM buddy_observer_events WHERE type = 'workflow.step' ORDER BY 1`)
  assert.deepEqual(again.rows, [{ message: 'one' }, { message: 'two' }])
  assert.equal(proxy.answers(), 2)
  assert.match((rows[2] as { message: string }).message, /^nul .*, half a pair \ufffd, whole 🎉, \u2028$/)
})
