import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { report } from '../../clients/ci-reporter/src/report.ts'
import { createDebugQueue } from '../../clients/debug-queue/src/index.ts'
import { runProgram } from '../../clients/logger/src/testing/program.ts'
import { createMetrics } from '../../clients/metrics/src/index.ts'
import { startNodeAgent } from '../../clients/node-agent/src/index.ts'
import {
  configureObserver,
  emitObserverEvent,
  flushObserver,
  observerStatus,
} from '../../clients/observer-events/src/index.ts'
import { startTelemetry, withSpan } from '../../clients/telemetry/src/index.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** 30 s by hand: CLIENT_OUTAGE_S=30 node --test tests/e2e/clients-outage.test.ts */
const OUTAGE_MS = Number(process.env.CLIENT_OUTAGE_S ?? 3) * 1000
const EACH = 100
const CI_TOKEN = 'a-token-of-ci'
const SECRET = 'a secret that both know'
const FLUSH_MS = 60_000

/** Logs until it is told to stop, and ends once all lines are sent. Its stdout has a line for each that it logged. */
const LOGGING = `import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
const logger = createLogger({ service: 'shop' })
let slowestMs = 0
for (let n = 0; !existsSync(process.env.STOP_FILE); n++) {
  const begin = performance.now()
  logger.info({ n }, 'step')
  slowestMs = Math.max(slowestMs, performance.now() - begin)
  await pause(10)
}
while (loggerStatus(logger).pending > 0) await pause(10)
console.error('slowest ' + slowestMs)
process.exit(loggerStatus(logger).dropped)`

test(`Sensorium is killed and away for ${OUTAGE_MS / 1000} s: no client loses anything, and no call of the application waits`, async t => {
  const { url } = await createDatabase()
  const ports = await freePorts()
  const environment = { DATABASE_URL: url, PULSE_INGEST_SECRET: SECRET, SENSORIUM_CI_TOKEN: CI_TOKEN }
  let sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const added = await runCommand(['nodes', 'add', 'Attic', '--json'], environment)
  const { key } = JSON.parse(added.stdout) as { key: string } // printed by --json
  const base = `http://127.0.0.1:${ports.application}`
  const otlp = `http://127.0.0.1:${ports.http}`
  const onWarning = () => {}

  configureObserver({ url: `${base}/ingest/shop`, secret: SECRET, env: 'prod', onWarning })
  const queue = createDebugQueue({ url: `${base}/webhook/event`, onWarning })
  const agent = startNodeAgent({ url: base, key, version: '1', folder: temporaryFolder('outage'), onWarning })
  const metrics = createMetrics({
    service: 'shop',
    endpoint: otlp,
    flushIntervalMs: 200,
    onWarning,
  })
  const telemetry = startTelemetry({ service: 'shop', endpoint: otlp, onWarning })
  const stopFile = path.join(temporaryFolder('outage'), 'stop')
  const logging = runProgram(t, LOGGING, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp, STOP_FILE: stopFile })
  const ciFolder = temporaryFolder('outage')
  const build = async (id: string) => {
    const buildEvents = [{ event_type: 'build_complete', status: 'success', metadata: { id } } as const]
    const options = {
      folder: ciFolder,
      variables: {},
      token: CI_TOKEN,
      url: `${base}/ingest/ci`,
      runId: id,
      buildEvents,
    }
    const { sent, waiting, refused, warnings } = await report([], options)
    console.log(warnings)
    return { sent, waiting, refused }
  }
  let slowestMs = 0
  const work = async (from: number) => {
    for (let n = from; n < from + EACH; n++) {
      const begin = performance.now()
      await emitObserverEvent({ type: 'workflow.step', message: `step ${n}` })
      queue.log('STEP', { service: 'shop', errorCode: 'NONE', correlationId: `txn-${n}` })
      agent.reportHealth({ n })
      metrics.record({ name: 'steps', type: 'counter' }, {}, 1)
      withSpan('step', span => span.setAttribute('n', n))
      slowestMs = Math.max(slowestMs, performance.now() - begin)
      await pause(1)
    }
  }
  await work(0)
  assert.deepEqual(await build('before'), { sent: 1, waiting: 0, refused: 0 })
  await sensorium.end('SIGKILL')
  await work(EACH)
  assert.deepEqual(await build('during'), { sent: 0, waiting: 1, refused: 0 })
  await pause(OUTAGE_MS)
  sensorium = await startSensorium({ ports, environment })
  await work(2 * EACH)
  assert.deepEqual(await build('after'), { sent: 2, waiting: 0, refused: 0 })
  assert.deepEqual(
    await Promise.all([
      flushObserver(FLUSH_MS),
      queue.flush(FLUSH_MS),
      agent.stop(FLUSH_MS),
      metrics.close(FLUSH_MS),
      telemetry.shutdown(FLUSH_MS),
    ]),
    [true, true, true, true, true],
  )
  writeFileSync(stopFile, '')
  const logged = await logging
  assert.equal(logged.code, 0, logged.stderr)

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
  assert.equal(
    await one(`SELECT count(DISTINCT attributes->'n') AS n FROM trace_spans WHERE operation_name = 'step'`),
    expected,
  )
  assert.equal(
    await one(`SELECT count(DISTINCT context->'n') AS n FROM application_logs WHERE message = 'step'`),
    logged.stdout.length,
  )
  assert.equal(await one(`SELECT count(*) AS n FROM build_events WHERE event_type = 'build_complete'`), 3)
  assert.deepEqual([observerStatus().dropped, queue.status().dropped, (await agent.status()).dropped], [0, 0, 0])
  t.diagnostic(`slowest round of five calls: ${slowestMs.toFixed(1)} ms; slowest line of the logger: ${logged.stderr}`)
})
