import { Command } from 'commander'
import { withClient } from '../../store/connect.ts'
import { getKPITrends, getLatestKPIs, type Kpis } from '../../store/kpis/read.ts'
import { countOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { mustHoldTables, withStore } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { printTable } from '../terminal/table.ts'

interface Options {
  readonly config: string
  readonly env?: string
  readonly minutes: number
  readonly json?: true
}

const HOUR_MS = 3_600_000
const TREND_HOURS = 24
const DAY_MINUTES = 1_440

export function kpiCommand(): Command {
  return new Command('kpi')
    .argument('[service]', 'its operations, instead of all services')
    .addOption(configOption())
    .option('--env <name>', 'of this environment; prod is also production')
    .option('--minutes <n>', 'the last full minutes that the figures are of', countOf(7 * DAY_MINUTES), 60)
    .option('--json', 'print one array')
    .addHelpText(
      'after',
      `
The bars are the hours of the last day: requests, then the 95th percentile. docs/kpis.md says what is counted.

  sensorium kpi
  sensorium kpi checkout --minutes 15
  sensorium kpi --json | jq '.[] | select(.errorRate > 0.01)'`,
    )
    .action(async (service: string | undefined, options: Options) => {
      const { env, minutes, json } = options
      const { latest, trends, others, now } = await withStore(options.config, (store, { kpis }) =>
        withClient(store, 'owner', async client => {
          await client.query('SET default_transaction_read_only = on')
          await mustHoldTables(client, store.target)
          const now = new Date()
          const byOperation = service !== undefined
          const of = { service, env, byOperation }
          const latest = await getLatestKPIs(client, { ...of, now, minutes, apdexMs: kpis.apdex_ms })
          const from = new Date(Math.floor(+now / HOUR_MS - TREND_HOURS) * HOUR_MS)
          const trends = await getKPITrends(client, { ...of, from, until: now, step: 'hour' })
          const others =
            service === undefined || latest.length > 0
              ? []
              : await getLatestKPIs(client, { env, now, minutes, apdexMs: kpis.apdex_ms, byOperation: false })
          return { latest, trends, others, now }
        }),
      )
      const byKey = Map.groupBy(trends, keyOf)
      if (json) printJson(latest.map(kpis => ({ ...kpis, trend: (byKey.get(keyOf(kpis)) ?? []).map(trendOf) })))
      else if (latest.length === 0) console.log(nothingIn(minutes, service, others))
      else printKpis(latest, byKey, now, service !== undefined, minutes)
    })
}

const keyOf = ({ service, environment, operation }: Kpis): string => JSON.stringify([service, environment, operation])

/** That a service has none may be a typing error: which have some is said. */
function nothingIn(minutes: number, service: string | undefined, others: readonly Kpis[]): string {
  const names = [...new Set(others.map(other => other.service))].sort().join(', ')
  const of = service === undefined ? '' : ` of ${service}`
  return `no requests${of} in the last ${minutes} minutes${names === '' ? '' : `; there are some of ${names}`}`
}

function trendOf({ periodStart, requests, errors, p95Ms }: Kpis) {
  return { periodStart, requests, errors, p95Ms }
}

function printKpis(
  latest: readonly Kpis[],
  trends: ReadonlyMap<string, readonly Kpis[]>,
  now: Date,
  byOperation: boolean,
  minutes: number,
): void {
  const first = Math.floor(+now / HOUR_MS) - TREND_HOURS
  const rows = latest.map(kpis => {
    const hours = new Map(
      (trends.get(keyOf(kpis)) ?? []).map(hour => [Math.round(+hour.periodStart / HOUR_MS) - first, hour]),
    )
    const line = (figure: (hour: Kpis) => number) =>
      sparkline(
        Array.from({ length: TREND_HOURS }, (_, i) => {
          const hour = hours.get(i)
          return hour && figure(hour)
        }),
      )
    return {
      ...(byOperation ? { operation: kpis.operation } : { service: kpis.service }),
      env: kpis.environment,
      requests: kpis.requests,
      'per min': rounded(kpis.requests / minutes),
      'errors %': rounded(100 * kpis.errorRate, 2),
      'avg ms': rounded(kpis.avgMs),
      p50: rounded(kpis.p50Ms),
      p95: rounded(kpis.p95Ms),
      p99: rounded(kpis.p99Ms),
      'uptime %': rounded(kpis.uptimePercent, 2),
      apdex: rounded(kpis.apdex, 2),
      'requests, 24 h': line(hour => hour.requests),
      'p95, 24 h': line(hour => hour.p95Ms),
    }
  })
  printTable(Object.keys(rows[0]!), rows)
}

/** Three digits that matter, or so many after the point. */
function rounded(value: number, digits?: number): number {
  return Number(value.toFixed(digits ?? (value < 10 ? 2 : value < 100 ? 1 : 0)))
}
