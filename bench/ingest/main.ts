import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Signal } from '../../pipeline/model/index.ts'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { startLoad } from '../load/client.ts'
import { BENCH_CONFIG } from '../load/config.ts'
import { PROFILE_FLAGS, stageShares } from '../load/cpu-profile.ts'
import { openBenchDatabase } from '../load/database.ts'
import { familyCpuSeconds, usageOf } from '../load/process-usage.ts'
import { openReference } from './reference.ts'

/**
 * How much of what the database can take arrives through the whole path.
 *
 *   npm run bench:ingest -- [--signal traces|logs|metrics] [--seconds N] [--json]
 *
 * Path: a separate process sends pre-encoded OTLP/gRPC requests of 1,000 records to Sensorium with its default
 * configuration, until each is acknowledged, that is committed. Reference: one backend's COPY of the same rows, encoded
 * beforehand, into a table with the same columns and indexes. The two take turns, so that both see the same machine.
 * Beside the rates: CPU seconds for a million rows of every process, ours split by stage, and WAL bytes for a row, both of
 * the path's turns alone. DATABASE_URL measures on another server than the embedded one, whose CPU is then not known.
 */
const ROUNDS = 3

const { values } = parseArgs({
  options: {
    signal: { type: 'string', default: 'traces' },
    seconds: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
})
const signal = values.signal as Signal
if (!['traces', 'logs', 'metrics'].includes(signal)) throw new Error('--signal is traces, logs or metrics')
const roundSeconds = Number(values.seconds) / ROUNDS / 2

const profiles = await mkdtemp(path.join(tmpdir(), 'sensorium-profile-'))
const database = await openBenchDatabase()
const { url } = database
const sensorium = await startSensorium({
  ports: await freePorts(),
  environment: { DATABASE_URL: url, NODE_OPTIONS: `${PROFILE_FLAGS}${profiles}` },
  config: BENCH_CONFIG,
})
const load = await startLoad(signal, `127.0.0.1:${sensorium.ports.grpc}`)
const reference = await openReference(signal, url)

const sent = { records: 0, seconds: 0, refused: 0, p50: 0, p99: 0 }
const copy = { rows: 0, seconds: 0 }
const before = await database.count(signal)
const spent = { sensorium: 0, postgres: 0, load: 0, walBytes: 0 }
const spentSoFar = async (): Promise<typeof spent> => ({
  sensorium: usageOf(sensorium.pid).cpuSeconds,
  postgres: database.serverPid === undefined ? Number.NaN : familyCpuSeconds(database.serverPid),
  load: usageOf(load.pid).cpuSeconds,
  walBytes: await database.walBytes(),
})
for (let round = 0; round < ROUNDS; round++) {
  const from = await spentSoFar()
  const loaded = await load.run(roundSeconds, 0)
  const to = await spentSoFar()
  for (const what of Object.keys(spent) as (keyof typeof spent)[]) spent[what] += to[what] - from[what]
  sent.records += loaded.records
  sent.seconds += loaded.seconds
  sent.refused += loaded.refused
  sent.p50 = Math.max(sent.p50, loaded.p50_ms)
  sent.p99 = Math.max(sent.p99, loaded.p99_ms)
  const copied = await reference.run(roundSeconds)
  copy.rows += copied.rows
  copy.seconds += copied.seconds
}
const usage = usageOf(sensorium.pid)
const stored = (await database.count(signal)) - before
load.stop()
await reference.close()
await sensorium.end('SIGTERM')
await database.close()
const shares = stageShares(profiles)
await rm(profiles, { recursive: true })

const perMillion = (seconds: number): number => Number(((seconds * 1e6) / sent.records).toFixed(1))
const pathRate = sent.records / sent.seconds
const copyRate = copy.rows / copy.seconds
const result = {
  signal,
  path_rows_per_s: Math.round(pathRate),
  reference_rows_per_s: Math.round(copyRate),
  ratio: Number((pathRate / copyRate).toFixed(3)),
  rows_acknowledged: sent.records,
  rows_stored: stored,
  cpu_s_per_million: {
    sensorium: perMillion(spent.sensorium),
    postgres: perMillion(spent.postgres),
    sensorium_and_postgres: perMillion(spent.sensorium + spent.postgres),
    load: perMillion(spent.load),
  },
  sensorium_cpu_s_per_million: Object.fromEntries(
    Object.entries(shares)
      .filter(([stage]) => stage !== 'wait')
      .map(([stage, share]) => [stage, perMillion(spent.sensorium * share)]),
  ),
  sensorium_wait_share: Number((shares.wait ?? 0).toFixed(2)),
  wal_bytes_per_row: Math.round(spent.walBytes / sent.records),
  peak_memory_mib: Math.round(usage.peakBytes / 1024 / 1024),
  ack_p50_ms: Math.round(sent.p50),
  ack_p99_ms: Math.round(sent.p99),
  records_refused: sent.refused,
}
if (values.json) console.log(JSON.stringify(result))
else
  for (const [key, value] of Object.entries(result))
    console.log(`${key.padEnd(28)} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
if (stored !== sent.records) {
  console.error(`acknowledged ${sent.records} records, but ${stored} rows were stored`)
  process.exitCode = 1
}
