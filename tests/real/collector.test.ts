import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  environmentOf,
  freePorts,
  type Ports,
  runCommand,
  type SensoriumProcess,
  startSensorium,
} from '../sensorium-process.ts'
import { embedded, type RealDatabase, timescale } from './database.ts'
import { type Gateway, generate, programs, startGateway, until } from './stock-collector.ts'

const ARRIVAL_LIMIT_MS = 120_000
const { collector, telemetrygen } = await programs()

interface Counts {
  readonly spans: number
  readonly logs: number
  readonly points: number
}
const SQL = `SELECT (SELECT count(*) FROM trace_spans) AS spans, (SELECT count(*) FROM application_logs) AS logs,
  (SELECT count(*) FROM metrics_samples) AS points`

/** Stored rows, or undefined while the database is away. */
async function stored(ports: Ports, database: RealDatabase): Promise<Counts | undefined> {
  const { code, stdout } = await runCommand(['sql', SQL, '--json'], {
    ...environmentOf(ports),
    ...database.environment,
  })
  return code === 0 ? (JSON.parse(stdout) as Counts[])[0] : undefined
}

/** All three signals by telemetrygen; a trace has a root and two children. Rate 0 is as fast as it goes. */
async function generateAll(gateway: Gateway, sent: Counts, rate: number): Promise<void> {
  const pace = ['--rate', String(rate), '--workers', '1']
  await Promise.all([
    // Without its batch processor, which drops spans in silence when it is faster than the gateway.
    generate(telemetrygen, gateway.grpc, [
      'traces',
      '--batch=false',
      '--traces',
      String(sent.spans / 3),
      '--child-spans',
      '2',
      ...pace,
    ]),
    generate(telemetrygen, gateway.grpc, ['logs', '--logs', String(sent.logs), ...pace]),
    generate(telemetrygen, gateway.grpc, ['metrics', '--metrics', String(sent.points), ...pace]),
  ])
}

async function arrived(ports: Ports, database: RealDatabase, sent: Counts): Promise<void> {
  let last: Counts | undefined
  await until(ARRIVAL_LIMIT_MS, `${JSON.stringify(sent)} are stored`, async () => {
    last = await stored(ports, database)
    return last !== undefined && last.spans >= sent.spans && last.logs >= sent.logs && last.points >= sent.points
  }).catch((error: Error) => {
    throw new Error(`${error.message}; stored: ${JSON.stringify(last)}`)
  })
  assert.deepEqual(last, sent, 'nothing lost, nothing twice')
}

for (const [name, open] of [
  ['embedded Postgres', embedded],
  ['TimescaleDB', timescale],
] as const) {
  test(`on ${name}: what telemetrygen sends through the stock collector is stored, all of it, once`, async t => {
    const { database, ports, gateway } = await setUp(t, open)
    const sent = { spans: 12_000, logs: 20_000, points: 20_000 }
    await generateAll(gateway, sent, 0)
    await arrived(ports, database, sent)
    const doctor = await runCommand(['doctor'], { ...environmentOf(ports), ...database.environment })
    assert.match(doctor.stdout, new RegExp(`footing ${database.footing}`))
    const books = await runCommand(
      ['sql', 'SELECT signal, accepted, stored, rejected FROM ingest_accounting ORDER BY signal', '--json'],
      { ...environmentOf(ports), ...database.environment },
    )
    const of = (signal: string, n: number) => ({ signal, accepted: n, stored: n, rejected: 0 })
    const accounting = JSON.parse(books.stdout) as { accepted: number; deduplicated: number }[]
    assert.deepEqual(accounting, [of('logs', sent.logs), of('metrics', sent.points), of('traces', sent.spans)])
  })

  test(`on ${name}: Sensorium killed three times, Postgres and the collector once: equal again`, async t => {
    const setup = await setUp(t, open)
    const { database, ports, gateway } = setup
    const sent = { spans: 9_000, logs: 6_000, points: 6_000 }
    const generating = generateAll(gateway, sent, 300)
    for (const share of [0.1, 0.3, 0.5]) {
      await until(ARRIVAL_LIMIT_MS, `${share} of the spans are stored`, async () => {
        return ((await stored(ports, database))?.spans ?? 0) >= sent.spans * share
      })
      await setup.killAndStart()
    }
    await database.crash()
    await generating
    await gateway.crash()
    await arrived(ports, database, sent)
  })
}

async function setUp(t: TestContext, open: (t: TestContext) => Promise<RealDatabase>) {
  const database = await open(t)
  const ports = await freePorts()
  let sensorium: SensoriumProcess = await startSensorium({ ports, environment: database.environment })
  t.after(() => sensorium.end('SIGTERM'))
  const gateway = await startGateway(t, collector, `127.0.0.1:${ports.grpc}`)
  const killAndStart = async () => {
    await sensorium.end('SIGKILL')
    sensorium = await startSensorium({ ports, environment: database.environment })
  }
  return { database, ports, gateway, killAndStart }
}
