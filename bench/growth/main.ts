import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import { maintenanceSettings, runMaintenance } from '../../store/maintenance/index.ts'
import { migrate } from '../../store/migrate.ts'
import { openStore } from '../../store/open.ts'
import { databaseSettings } from '../../store/settings.ts'
import { freePort } from '../../tests/postgres-server.ts'
import { openHistory } from './history.ts'
import { measureReads, partitionsTouched, type ReadTimes } from './reads.ts'

/**
 * Whether a store slows down as it grows: spans in the order of time over many simulated days, and a log record for
 * every tenth, into an embedded Postgres of its own.
 *
 *   npm run bench:growth -- [--rows 20000000] [--days 30] [--json] [--out FILE]
 *
 * Each step goes through the exporter, as received requests do, and its rows once more as a plain COPY into a fresh
 * table with the columns and indexes of a partition: the reference, on the same machine in the same minute. Reads are
 * measured at a twentieth of the rows and at the end, each time beside a statement that reads nothing: what that became
 * slower by is taken out of their ratios. FILE has what is known so far after each step, as JSON: a run that
 * is cut short is not lost.
 */
const STEPS = 20

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000000' },
    days: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const [rows, days] = [Number(values.rows), Number(values.days)]

const folder = await mkdtemp(path.join(tmpdir(), 'sensorium-growth-'))
const settings = databaseSettings.parse({ data_dir: path.join(folder, 'data'), port: await freePort() })
const store = await openStore(settings, pino({ level: 'silent' }))
await migrate(store)
const owner = new pg.Client(store.connection('owner').connectionString)
await owner.connect()
const history = await openHistory(store, owner, days)
const maintenance = maintenanceSettings.parse({
  traces_days: days + 60,
  logs_days: days + 60,
  debug_logs_days: days + 60,
})

const startedAt = performance.now()
const steps: { rows: number; path_rows_per_s: number; reference_rows_per_s: number; ratio: number }[] = []
let early: ReadTimes | undefined
for (let step = 0; step < STEPS; step++) {
  const { path: stored, reference } = await history.add(step / STEPS, (step + 1) / STEPS, rows / STEPS)
  const result = {
    rows: Math.round(((step + 1) * rows) / STEPS),
    path_rows_per_s: Math.round(stored),
    reference_rows_per_s: Math.round(reference),
    ratio: Number((stored / reference).toFixed(3)),
  }
  steps.push(result)
  if (values.json) process.stderr.write(`${result.rows} of ${rows} rows, ratio ${result.ratio}\n`)
  else
    console.log(
      Object.entries(result)
        .map(([key, value]) => `${key} ${value}`)
        .join('  '),
    )
  // As the running process does: statistics of what has filled.
  await runMaintenance(store, maintenance, { upkeepOnly: true })
  if (step === 0) early = await measureReads(owner, history)
  await keep({ rows, days, steps, last_fifth_to_first: lastToFirst(), reads_early: early })
}
const late = await measureReads(owner, history)
const touched = await partitionsTouched(owner, history)
await history.close()
await owner.end()
await store.close()
await rm(folder, { recursive: true })

/** How much busier the machine is than it was. */
const busier = late.reference! / early!.reference!
const reads = Object.fromEntries(
  Object.entries(late).map(([name, ms]) => {
    const was = early![name]!
    const ratio = ms / was / (name === 'reference' ? 1 : busier)
    return [name, { early_p95_ms: was, late_p95_ms: ms, ratio: Number(ratio.toFixed(2)) }]
  }),
)
const result = {
  rows,
  days,
  steps,
  last_fifth_to_first: lastToFirst(),
  reads,
  partitions_touched_by_an_hour: touched,
}
await keep(result)
if (values.json) console.log(JSON.stringify(result))
else {
  console.log(`last fifth to first fifth, each against its reference: ${result.last_fifth_to_first}`)
  for (const [name, read] of Object.entries(reads))
    console.log(`${name.padEnd(24)} p95 ${read.early_p95_ms} ms, then ${read.late_p95_ms} ms, ratio ${read.ratio}`)
  console.log(`partitions of spans that a read of one hour touched: ${touched.join(', ')}`)
}

/** Of the steps so far: the ratio of their last fifth to that of the first. */
function lastToFirst(): number {
  const count = Math.max(1, Math.floor(steps.length / 5))
  const mean = (part: typeof steps) => part.reduce((sum, { ratio }) => sum + ratio, 0) / part.length
  return Number((mean(steps.slice(-count)) / mean(steps.slice(0, count))).toFixed(3))
}

async function keep(soFar: object): Promise<void> {
  if (values.out === undefined) return
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  await writeFile(values.out, `${JSON.stringify({ ...soFar, seconds }, null, 2)}\n`)
}
