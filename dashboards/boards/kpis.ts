import { board } from '../board.ts'
import { BAD, ERROR_STEPS, WATCH } from '../colours.ts'
import { toService } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { FROM, ofEnvironment, ofService, UNTIL } from '../query/range.ts'
import { environment, service } from '../variables.ts'

const THIS = `${ofEnvironment()} AND ${ofService()}`
const HOURS = `FROM kpi_hours WHERE $__timeFilter(period_start) AND ${THIS}`

const requests = figure({
  title: 'Requests',
  description: 'Requests of the hours shown, the one at hand as far as it has gone.',
  unit: 'short',
  width: 6,
  queries: [table(`SELECT sum(total_requests) AS "requests" ${HOURS}`)],
})

const failed = figure({
  title: 'Failed',
  description: 'Share of them that failed.',
  unit: 'percent',
  decimals: 3,
  width: 6,
  steps: ERROR_STEPS,
  queries: [table(`SELECT 100.0 * sum(error_count) / nullif(sum(total_requests), 0) AS "failed" ${HOURS}`)],
})

const uptime = figure({
  title: 'Uptime',
  description: 'Of the minutes with requests, those in which less than half failed.',
  unit: 'percent',
  decimals: 3,
  width: 6,
  queries: [table(`SELECT 100.0 * sum(minutes_up) / nullif(sum(minutes), 0) AS "uptime" ${HOURS}`)],
})

const budget = figure({
  title: 'Least error budget left',
  description:
    'Of all objectives the one with the least left of its budget, as of now. Below zero the objective is missed.',
  unit: 'percent',
  decimals: 1,
  width: 6,
  nothing: 'no objectives (config/alerts.yaml)',
  queries: [table(`SELECT 100 * min(budget_left) AS "left" FROM slo_status WHERE ${THIS}`)],
})

const overTime = (title: string, description: string, unit: string, value: string) =>
  lines({
    title,
    description,
    unit,
    width: 12,
    links: [],
    queries: [
      series(`SELECT period_start AS time, service AS metric, ${value} AS value ${HOURS} GROUP BY 1, 2 ORDER BY 1, 2`),
    ],
  })

const objectives = rows({
  title: 'Objectives',
  description:
    'What was promised, how much of the budget is left, and whether it burns too fast right now. As of now, whatever time is shown.',
  unit: 'short',
  width: 24,
  nothing: 'no objectives (config/alerts.yaml)',
  fields: {
    target: { unit: 'percent', decimals: 2 },
    'budget left': { unit: 'percent', decimals: 1 },
    service: { links: [toService()] },
  },
  queries: [
    table(`SELECT objective, service, environment, 100 * target AS target, period_days AS days, total AS requests, bad, 100 * budget_left AS "budget left", burning
      FROM slo_status WHERE ${THIS} ORDER BY budget_left LIMIT 100`),
  ],
})

const burns = rows({
  title: 'Burning budgets',
  description: 'When the budget of an objective was spent too fast, and how fast: 1 is as fast as it may be spent.',
  unit: 'short',
  width: 24,
  nothing: 'no budget burnt too fast in this time',
  fields: {
    objective: { width: 130 },
    service: { width: 130, links: [toService()] },
    'peak rate': {
      decimals: 1,
      steps: [
        { from: 6, colour: WATCH },
        { from: 14, colour: BAD },
      ],
    },
  },
  queries: [
    table(`SELECT started_at AS began, ended_at AS ended, objective, service, severity, peak_rate AS "peak rate", description FROM slo_burns
      WHERE started_at <= ${UNTIL} AND coalesce(ended_at, 'infinity') >= ${FROM} AND ${THIS} ORDER BY 1 DESC LIMIT 100`),
  ],
})

const days = rows({
  title: 'By day',
  description: 'Each service by the day (UTC), today as far as it has gone.',
  unit: 'short',
  width: 24,
  height: 10,
  fields: {
    day: { unit: 'time:YYYY-MM-DD', width: 105 },
    failed: { unit: 'percent', decimals: 3, steps: ERROR_STEPS },
    uptime: { unit: 'percent', decimals: 3 },
    apdex: { decimals: 2 },
    average: { unit: 'ms', decimals: 0 },
    p50: { unit: 'ms', decimals: 0 },
    p95: { unit: 'ms', decimals: 0 },
    p99: { unit: 'ms', decimals: 0 },
    service: { links: [toService()] },
  },
  queries: [
    table(`SELECT period_start AS day, service, environment, total_requests AS requests, 100 * error_rate AS failed, avg_duration_ms AS average,
        p50_duration_ms AS p50, p95_duration_ms AS p95, p99_duration_ms AS p99, uptime_percent AS uptime, apdex
      FROM kpi_days WHERE period_end > ${FROM} AND period_start <= ${UNTIL} AND ${THIS} ORDER BY 1 DESC, 4 DESC LIMIT 500`),
  ],
})

export const kpis = board({
  board: 'kpis',
  title: 'KPIs and objectives',
  description: 'Requests, failures, durations, uptime and apdex by hour and day, and the error budgets.',
  variables: [environment, service],
  from: 'now-7d',
  refresh: '5m',
  withChanges: true,
  lines: [
    [requests, failed, uptime, budget],
    [objectives],
    [burns],
    [
      overTime('Requests by hour', 'Requests of each hour.', 'short', 'sum(total_requests)'),
      overTime(
        'Failed by hour',
        'Share of failed requests of each hour.',
        'percent',
        '100.0 * sum(error_count) / nullif(sum(total_requests), 0)',
      ),
    ],
    [
      overTime('p95 by hour', 'One request in twenty took longer.', 'ms', 'sketch_quantile(sketch_sum(sketch), 0.95)'),
      overTime(
        'Apdex by hour',
        '1: all were satisfied; below 0.7 many were not. A failed request satisfies nobody.',
        'short',
        'sum(apdex * total_requests) / nullif(sum(total_requests), 0)',
      ),
    ],
    [days],
  ],
})
