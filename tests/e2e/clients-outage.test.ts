import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { createDebugQueue } from '../../clients/debug-queue/src/index.ts'
import { createMetrics } from '../../clients/metrics/src/index.ts'
import { startNodeAgent } from '../../clients/node-agent/src/index.ts'
import {
  configureObserver,
  emitObserverEvent,
  flushObserver,
  observerStatus,
} from '../../clients/observer-events/src/index.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** 30 s by hand: CLIENT_OUTAGE_S=30 node --test tests/e2e/clients-outage.test.ts */
const OUTAGE_MS = Number(process.env.CLIENT_OUTAGE_S ?? 3) * 1000
const EACH = 100
const SECRET = 'a secret that both know'
const FLUSH_MS = 60_000

test(`Sensorium is killed and away for ${OUTAGE_MS / 1000} s: no client loses anything, and no call of the application waits`, async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const environment = { DATABASE_URL: url, PULSE_INGEST_SECRET: SECRET }
  let sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const added = await runCommand(['nodes', 'add', 'Attic', '--json'], environment)
  const { key } = JSON.parse(added.stdout) as { key: string } // printed by --json
  const base = `http://127.0.0.1:${ports.application}`
  const onWarning = () => {}

  configureObserver({ url: `${base}/ingest/shop`, secret: SECRET, env: 'prod', onWarning })
  const queue = createDebugQueue({ url: `${base}/webhook/event`, onWarning })
  const agent = startNodeAgent({ url: base, key, version: '1', folder: temporaryFolder('outage'), onWarning })
  const metrics = createMetrics({
    service: 'shop',
    endpoint: `http://127.0.0.1:${ports.http}`,
    flushIntervalMs: 200,
    onWarning,
  })
  let slowestMs = 0
  const work = async (from: number) => {
    for (let n = from; n < from + EACH; n++) {
      const begin = performance.now()
      await emitObserverEvent({ type: 'workflow.step', message: `step ${n}` })
      queue.log('STEP', { service: 'shop', errorCode: 'NONE', correlationId: `txn-${n}` })
      agent.reportHealth({ n })
      metrics.record({ name: 'steps', type: 'counter' }, {}, 1)
      slowestMs = Math.max(slowestMs, performance.now() - begin)
      await pause(1)
    }
  }
  await work(0)
  await sensorium.end('SIGKILL')
  await work(EACH)
  await pause(OUTAGE_MS)
  sensorium = await startSensorium({ ports, environment })
  await work(2 * EACH)
  assert.deepEqual(
    await Promise.all([flushObserver(FLUSH_MS), queue.flush(FLUSH_MS), agent.stop(FLUSH_MS), metrics.close(FLUSH_MS)]),
    [true, true, true, true],
  )

  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const one = async (sql: string) => Number((await client.query(sql)).rows[0].n)
  const expected = 3 * EACH
  assert.equal(await one(`SELECT count(DISTINCT message) AS n FROM buddy_observer_events`), expected)
  assert.equal(
    await one(`SELECT count(DISTINCT request_id) AS n FROM application_logs WHERE event_name = 'debug.STEP'`),
    expected,
  )
  assert.equal(await one(`SELECT count(DISTINCT payload->>'n') AS n FROM node_telemetry WHERE payload ? 'n'`), expected)
  assert.equal(await one(`SELECT max(value) AS n FROM metrics_samples WHERE metric_name LIKE 'steps%'`), expected)
  assert.deepEqual([observerStatus().dropped, queue.status().dropped, (await agent.status()).dropped], [0, 0, 0])
  t.diagnostic(`slowest round of four calls: ${slowestMs.toFixed(1)} ms`)
})
