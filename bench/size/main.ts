import { parseArgs } from 'node:util'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { BENCH_CONFIG } from '../load/config.ts'
import { openBenchDatabase } from '../load/database.ts'
import { measureSizes, type SignalSize } from './measure.ts'
import { SHAPES } from './shapes.ts'

/**
 * Where each byte of a row goes, uncompressed and with its indexes.
 *
 *   npm run bench:size [-- --shape demo|platform] [--minutes 60] [--json]
 *
 * Two shapes of traffic go through the whole path into databases of their own: `demo`, the simulated shop, and
 * `platform`, many small services in pods, with values that hardly repeat. Bytes are those of the files after VACUUM:
 * heap, TOAST, each index, and the dictionaries that rows refer to, divided by the rows. DATABASE_URL measures on
 * another server than the embedded one, in one shape.
 */
const TARGETS = { traces: 600, logs: 450, metrics: 120 } as const

const { values } = parseArgs({
  options: {
    shape: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const shapes = Object.keys(SHAPES).filter(name => values.shape === undefined || values.shape === name)
if (shapes.length === 0) throw new Error(`--shape is ${Object.keys(SHAPES).join(' or ')}`)

const results: Record<string, readonly SignalSize[]> = {}
for (const shape of shapes) {
  const database = await openBenchDatabase()
  const sensorium = await startSensorium({
    ports: await freePorts(),
    environment: { DATABASE_URL: database.url },
    config: BENCH_CONFIG,
  })
  await SHAPES[shape]!(sensorium.ports, Number(values.minutes))
  await sensorium.end('SIGTERM')
  results[shape] = await measureSizes(database.url)
  await database.close()
  if (!values.json) print(shape, results[shape])
}

if (values.json) console.log(JSON.stringify({ targets: TARGETS, ...results }))
for (const { signal, bytes_per_row } of results.demo ?? []) {
  if (bytes_per_row <= TARGETS[signal]) continue
  console.error(`${signal} of the demo take ${bytes_per_row} bytes a row, more than ${TARGETS[signal]}`)
  process.exitCode = 1
}

function print(shape: string, sizes: readonly SignalSize[]): void {
  for (const { signal, rows, bytes_per_row, parts } of sizes) {
    const target = shape === 'demo' ? `, at most ${TARGETS[signal]}` : ''
    console.log(`\n${shape}, ${signal}: ${bytes_per_row} bytes a row of ${rows}${target}`)
    for (const [part, bytes] of Object.entries(parts))
      console.log(`  ${part.padEnd(50)} ${bytes.toFixed(1).padStart(8)}`)
  }
}
