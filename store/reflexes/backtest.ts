import type pg from 'pg'
import { createDetector } from '../../analysis/detect/detector.ts'
import type { Exemptions } from '../../analysis/detect/exempt.ts'
import { MINUTE_MS } from '../../analysis/detect/series.ts'
import type { DetectSettings } from '../../analysis/detect/settings.ts'
import { amount, placeOf, type Severity, severityOf } from '../../analysis/detect/tell.ts'
import { createObjective } from '../../analysis/slo/objective.ts'
import { anomalyId } from './anomalies.ts'
import { createTolerances } from './baselines.ts'
import { readMetricMinutes, type WatchedMetric } from './metric-minutes.ts'
import { firstMinute, MINUTES_AT_ONCE, readMinutes } from './minutes.ts'
import { type ObjectiveConfig, readEvents } from './objectives.ts'

/** One time that something would have fired. */
export interface Firing {
  readonly what: string
  readonly kind: 'anomaly' | 'slo'
  readonly severity: Severity
  readonly start: number
  readonly end: number | undefined
  readonly detail: string
  /** What somebody said of it, or of what was told at that time of the same. */
  readonly isTrue: boolean | undefined
}

/** All firings of one thing. */
export interface Verdicts {
  readonly what: string
  readonly kind: Firing['kind']
  readonly severity: Severity
  readonly fired: number
  readonly minutes: number
  /** Begun again within the hour after it was over. */
  readonly flapped: number
  readonly saidTrue: number
  readonly saidFalse: number
  /** Of those that somebody judged; undefined where nobody did. */
  readonly precision: number | undefined
}

export interface BacktestOptions {
  readonly settings: DetectSettings
  readonly exemptions: Exemptions
  readonly metrics: readonly WatchedMetric[]
  readonly objectives: readonly ObjectiveConfig[]
  readonly from: number
  readonly until: number
  readonly onProgress?: (done: number, total: number) => void
}

/** Minutes before the range that the detectors learn from. */
const WARM_MINUTES = 180
const FLAP_MS = 3_600_000

/** Lets the stored minutes of a range happen again under other settings, and writes nothing. */
export async function backtest(client: pg.ClientBase, options: BacktestOptions): Promise<readonly Firing[]> {
  const { settings, exemptions, metrics, from, until, onProgress } = options
  const first = await firstMinute(client)
  if (first === undefined) return []
  const tolerances = createTolerances()
  await tolerances.refresh(client, until)
  const detector = createDetector({ settings, exemptions, toleranceOf: tolerances.of })
  const said = await readSaid(client, from, until)
  const firings = new Map<string, Firing>()
  const begin = Math.max(first, from - WARM_MINUTES * MINUTE_MS)
  for (let at = begin; at < until; at += MINUTES_AT_ONCE * MINUTE_MS) {
    const to = Math.min(until, at + MINUTES_AT_ONCE * MINUTE_MS)
    const values = metrics.length === 0 ? undefined : await readMetricMinutes(client, metrics, at, to)
    for (const minute of await readMinutes(client, at, to)) {
      for (const change of detector.step({ ...minute, metrics: values?.get(minute.time) ?? [] })) {
        const { series, metric, episode } = change
        if (episode.foundAt < from) continue
        firings.set(anomalyId(series, metric, episode.start), {
          what: `${placeOf(change)} ${metric}`,
          kind: 'anomaly',
          severity: severityOf(change),
          start: episode.start,
          end: episode.end,
          detail: `expected ${amount(episode.expected, metric)}, saw ${amount(episode.peakValue, metric)}`,
          isTrue: said(series.service, metric, series.name, episode.start, episode.end ?? until),
        })
      }
    }
    onProgress?.(to - begin, until - begin)
  }
  const burns = []
  for (const objective of options.objectives)
    burns.push(
      ...(await burnsOf(client, objective, Math.max(first, from - objective.periodMinutes * MINUTE_MS), from, until)),
    )
  return [...firings.values(), ...burns].sort((a, b) => a.start - b.start)
}

async function burnsOf(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  begin: number,
  from: number,
  until: number,
): Promise<Firing[]> {
  const state = createObjective(objective)
  const firings = new Map<string, Firing>()
  for (const minute of await readEvents(client, objective, begin, until)) {
    for (const { burn, budgetLeft, what } of state.step(minute)) {
      if (burn.since < from) continue
      firings.set(`${burn.rule.name} ${burn.since}`, {
        what: `${objective.name} ${burn.rule.name} burn`,
        kind: 'slo',
        severity: burn.rule.severity,
        start: burn.since,
        end: burn.until,
        detail: `${Number(burn.peakRate.toPrecision(3))} times too fast, ${Math.round(100 * budgetLeft)} % of the budget left${what === 'muted' ? ', then muted by a faster one' : ''}`,
        isTrue: undefined,
      })
    }
  }
  return [...firings.values()]
}

/** What people said of what was told, by service, metric and series, where the times overlap. */
async function readSaid(client: pg.ClientBase, from: number, until: number) {
  const { rows } = await client.query<{
    service: string
    metric: string
    name: string
    start: number
    end: number
    is_true: boolean
  }>(
    `SELECT service, metric_name AS metric, series_name AS name, (extract(epoch FROM started_at) * 1000)::float8 AS start,
       (extract(epoch FROM coalesce(ended_at, $2)) * 1000)::float8 AS end, is_true
     FROM anomalies WHERE is_true IS NOT NULL AND started_at < $2 AND coalesce(ended_at, $2) > $1`,
    [new Date(from), new Date(until)],
  )
  return (service: string, metric: string, name: string, start: number, end: number): boolean | undefined =>
    rows.find(
      row =>
        row.service === service && row.metric === metric && row.name === name && row.start <= end && row.end >= start,
    )?.is_true
}

/** Firings by what fired, the longest first. */
export function verdictsOf(firings: readonly Firing[], until: number): readonly Verdicts[] {
  return [...Map.groupBy(firings, ({ what }) => what)]
    .map(([what, own]) => {
      const saidTrue = own.filter(({ isTrue }) => isTrue === true).length
      const saidFalse = own.filter(({ isTrue }) => isTrue === false).length
      const [first] = own
      return {
        what,
        kind: first!.kind,
        severity: own.some(({ severity }) => severity === 'critical') ? ('critical' as const) : first!.severity,
        fired: own.length,
        minutes: Math.round(own.reduce((sum, { start, end }) => sum + (end ?? until) - start, 0) / MINUTE_MS),
        flapped: own.filter((one, i) => i > 0 && one.start - (own[i - 1]!.end ?? until) <= FLAP_MS).length,
        saidTrue,
        saidFalse,
        precision: saidTrue + saidFalse === 0 ? undefined : saidTrue / (saidTrue + saidFalse),
      }
    })
    .sort((a, b) => b.minutes - a.minutes || (a.what < b.what ? -1 : 1))
}
