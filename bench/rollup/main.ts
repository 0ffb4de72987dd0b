import { parseArgs } from 'node:util'
import pg from 'pg'
import { rollDue } from '../../store/kpis/job.ts'
import { getKPITrends, getLatestKPIs } from '../../store/kpis/read.ts'
import { maintenanceSettings, runMaintenance } from '../../store/maintenance/index.ts'
import { storeAt } from '../../store/open.ts'
import { foldAllRed } from '../../store/red/fold.ts'
import { openBenchDatabase } from '../load/database.ts'
import { familyCpuSeconds } from '../load/process-usage.ts'
import { fillMinutes, fillPartials, makeSeries } from './fill.ts'

/**
 * What an hour of KPIs costs, and whether that grows with what there was before.
 *
 *   npm run bench:rollup -- [--days 30] [--services 50] [--operations 20] [--history-every 10] [--json]
 *
 * A month goes by, hour by hour, in an embedded Postgres. At noon of each day an hour is measured: it comes as exporters
 * leave it, a row for each minute and operation, is merged, and rolled up. Of the other hours every tenth minute is there
 * (`--history-every 1`: all), merged already, and they are rolled up unmeasured.
 */
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    services: { type: 'string', default: '50' },
    operations: { type: 'string', default: '20' },
    'history-every': { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
})
const [days, services, operations, historyEvery] = [
  values.days,
  values.services,
  values.operations,
  values['history-every'],
].map(Number) as [number, number, number, number]
const HOUR_MS = 3_600_000
const NOON = 12

const database = await openBenchDatabase()
const client = new pg.Client({ connectionString: database.url })
await client.connect()
const store = await storeAt(database.url)
await makeSeries(client, services, operations)
const maintenance = maintenanceSettings.parse({ request_minutes_days: days + 10 })
const options = { apdexMs: 500, keptDays: days + 10 }
const start = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - days * 24 * HOUR_MS

/** CPU of Postgres and of this process. */
const cpuSeconds = () =>
  (database.serverPid === undefined ? Number.NaN : familyCpuSeconds(database.serverPid)) + process.cpuUsage().user / 1e6

const hours: { day: number; merge_ms: number; roll_ms: number; cpu_s: number }[] = []
for (let day = 0; day < days; day++) {
  const midnight = start + day * 24 * HOUR_MS
  await runMaintenance(store, maintenance, { now: new Date(midnight), upkeepOnly: true })
  for (let hour = 0; hour < 24; hour++) {
    const begin = new Date(midnight + hour * HOUR_MS)
    const due = new Date(+begin + HOUR_MS + 20 * 60_000)
    if (hour !== NOON) {
      await fillMinutes(client, begin, historyEvery)
      await rollDue(client, { ...options, now: due })
      continue
    }
    await fillPartials(client, begin)
    await client.query('ANALYZE red_partials')
    const [cpuBefore, filledAt] = [cpuSeconds(), performance.now()]
    await foldAllRed(client)
    const mergedAt = performance.now()
    await rollDue(client, { ...options, now: due })
    const rolledAt = performance.now()
    const measured = {
      day: day + 1,
      merge_ms: Math.round(mergedAt - filledAt),
      roll_ms: Math.round(rolledAt - mergedAt),
      cpu_s: Number((cpuSeconds() - cpuBefore).toFixed(2)),
    }
    hours.push(measured)
    if (!values.json)
      console.log(
        Object.entries(measured)
          .map(([key, value]) => `${key} ${value}`)
          .join('  '),
      )
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return Math.round(performance.now() - from)
}
const end = new Date(start + days * 24 * HOUR_MS)
const reads = {
  latest_hour_ms: await timed(() => getLatestKPIs(client, { now: end, apdexMs: 500 })),
  trend_of_a_day_ms: await timed(() => getKPITrends(client, { from: new Date(+end - 24 * HOUR_MS), until: end })),
  trend_of_all_days_ms: await timed(() => getKPITrends(client, { from: new Date(start), until: end, step: 'day' })),
}
const { rows: sizes } = await client.query(
  `SELECT (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'red_minutes'::regclass)::float8 / (SELECT count(*) FROM red_minutes) AS minute,
     pg_total_relation_size('kpi_operations_hourly')::float8 / (SELECT count(*) FROM kpi_operations_hourly) AS hour`,
)
await client.end()
await database.close()

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!
const fifth = Math.max(1, Math.floor(hours.length / 5))
const cost = (of: typeof hours) => median(of.map(({ merge_ms, roll_ms }) => merge_ms + roll_ms))
const result = {
  days,
  operations: services * operations,
  hour_ms: median(hours.map(({ merge_ms, roll_ms }) => merge_ms + roll_ms)),
  hour_cpu_s: median(hours.map(({ cpu_s }) => cpu_s)),
  last_fifth_to_first: Number((cost(hours.slice(-fifth)) / cost(hours.slice(0, fifth))).toFixed(2)),
  bytes_a_minute_and_series: Math.round(sizes[0].minute),
  bytes_an_hour_and_operation: Math.round(sizes[0].hour),
  ...reads,
}
if (values.json) console.log(JSON.stringify({ ...result, hours }))
else for (const [key, value] of Object.entries(result)) console.log(`${key.padEnd(28)} ${value}`)
