import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { startLoad } from '../load/client.ts'
import { openBenchDatabase } from '../load/database.ts'
import { usageOf } from '../load/process-usage.ts'

/**
 * Sends twice as much as storage takes, for as long as asked, and checks what the delivery promise says of it: memory
 * stays under the limit, senders are told to wait, and what was acknowledged is stored. Exits 1 when one does not hold.
 *
 *   npm run bench:overload -- [--seconds 600] [--json]
 */
/** Stated in docs/operations/limits.md. */
const MEMORY_LIMIT_MIB = 450
/** Long enough for the first checkpoint to be over. */
const MEASURE_SECONDS = 8

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, json: { type: 'boolean', default: false } },
})
const database = await openBenchDatabase()
const ports = await freePorts()
const environment = { DATABASE_URL: database.url }
const config = path.join(import.meta.dirname, '../sensorium.yaml')
const sensorium = await startSensorium({ ports, environment, config })
const load = await startLoad('traces', `127.0.0.1:${ports.grpc}`)

const capacity = await load.run(MEASURE_SECONDS, 0)
const rate = capacity.records / capacity.seconds
const overload = await load.run(Number(values.seconds), rate * 2)
const usage = usageOf(sensorium.pid)
const stored = await database.count('traces')
load.stop()
await sensorium.end('SIGTERM')
await database.close()

const result = {
  seconds: Math.round(overload.seconds),
  storage_rows_per_s: Math.round(rate),
  offered_rows_per_s: Math.round((overload.records + overload.refused) / overload.seconds),
  acknowledged_rows_per_s: Math.round(overload.records / overload.seconds),
  refused_records: overload.refused,
  rows_acknowledged: capacity.records + overload.records,
  rows_stored: stored,
  peak_memory_mib: Math.round(usage.peakBytes / 1024 / 1024),
  memory_limit_mib: MEMORY_LIMIT_MIB,
}
if (values.json) console.log(JSON.stringify(result))
else for (const [key, value] of Object.entries(result)) console.log(`${key.padEnd(24)} ${value}`)
const broken = [
  result.rows_stored !== result.rows_acknowledged && 'rows acknowledged and rows stored differ',
  result.refused_records === 0 && 'no sender was told to wait',
  result.peak_memory_mib > MEMORY_LIMIT_MIB && 'memory went over the limit',
].filter(fault => fault !== false)
for (const fault of broken) console.error(`does not hold: ${fault}`)
process.exitCode = broken.length === 0 ? 0 : 1
