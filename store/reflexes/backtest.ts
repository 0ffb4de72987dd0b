import type pg from 'pg'
import { createDetector } from '../../analysis/detect/detector.ts'
import type { Exemptions } from '../../analysis/detect/exempt.ts'
import { MINUTE_MS } from '../../analysis/detect/series.ts'
import type { DetectSettings } from '../../analysis/detect/settings.ts'
import { amount, placeOf, type Severity, sentenceOf, severityOf } from '../../analysis/detect/tell.ts'
import type { Change } from '../../analysis/detect/watch.ts'
import type { Found } from '../../analysis/incidents/found.ts'
import type { IncidentSettings } from '../../analysis/incidents/settings.ts'
import { type BurnChange, createObjective } from '../../analysis/slo/objective.ts'
import { anomalyId } from './anomalies.ts'
import { createTolerances } from './baselines.ts'
import { readMetricMinutes, type WatchedMetric } from './metric-minutes.ts'
import { firstMinute, MINUTES_AT_ONCE, readMinutes } from './minutes.ts'
import { burnId, burnSentence, type ObjectiveConfig, readEvents } from './objectives.ts'
import { type KnownFrom, replayIncidents } from './replay-incidents.ts'

/** One time that something would have fired. */
export interface Firing {
  readonly what: string
  readonly kind: 'anomaly' | 'slo' | 'incident'
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
  readonly incidents: IncidentSettings
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
  const known: KnownFrom[] = []
  const begin = Math.max(first, from - WARM_MINUTES * MINUTE_MS)
  for (let at = begin; at < until; at += MINUTES_AT_ONCE * MINUTE_MS) {
    const to = Math.min(until, at + MINUTES_AT_ONCE * MINUTE_MS)
    const values = metrics.length === 0 ? undefined : await readMetricMinutes(client, metrics, at, to)
    for (const minute of await readMinutes(client, at, to)) {
      for (const change of detector.step({ ...minute, metrics: values?.get(minute.time) ?? [] })) {
        const { series, metric, episode } = change
        if (episode.foundAt < from) continue
        known.push({ at: minute.time, found: foundOf(change) })
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
      ...(await burnsOf(
        client,
        objective,
        Math.max(first, from - objective.periodMinutes * MINUTE_MS),
        from,
        until,
        known,
      )),
    )
  const judged = await readJudgedIncidents(client, from, until)
  const incidents = await replayIncidents(client, options.incidents, known, from, until)
  return [
    ...firings.values(),
    ...burns,
    ...incidents.map(
      ({ origin, severity, since, resolvedAt, title, members }): Firing => ({
        what: `incident of ${origin.service}`,
        kind: 'incident',
        severity,
        start: since,
        end: resolvedAt,
        detail: `${title}; ${members.length} findings`,
        isTrue: judged(origin.service, since, resolvedAt ?? until),
      }),
    ),
  ].sort((a, b) => a.start - b.start)
}

/** A finding as incidents see it. */
function foundOf(change: Change): Found {
  const { series, metric, episode } = change
  return {
    id: `anomaly/${anomalyId(series, metric, episode.start)}`,
    kind: 'anomaly',
    type: episode.type,
    metric,
    environment: series.environment,
    service: series.service,
    operation: series.kind === 'operation' ? series.name : undefined,
    callee: series.kind === 'edge' ? series.name : undefined,
    fingerprint: series.kind === 'problem' ? series.name : undefined,
    severity: severityOf(change),
    since: episode.start,
    until: episode.end,
    sentence: sentenceOf(change),
  }
}

async function burnsOf(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  begin: number,
  from: number,
  until: number,
  known: KnownFrom[],
): Promise<Firing[]> {
  const state = createObjective(objective)
  const firings = new Map<string, Firing>()
  for (const minute of await readEvents(client, objective, begin, until)) {
    for (const change of state.step(minute)) {
      const { burn, budgetLeft, what } = change
      if (burn.since < from) continue
      known.push({ at: minute.time, found: foundOfBurn(objective, change) })
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

function foundOfBurn(objective: ObjectiveConfig, change: BurnChange): Found {
  const { burn } = change
  return {
    id: `slo/${burnId(objective, burn)}`,
    kind: 'slo',
    type: burn.rule.name,
    environment: objective.environment,
    service: objective.service,
    severity: burn.rule.severity,
    since: burn.since,
    until: burn.until,
    sentence: burnSentence(objective, change),
  }
}

/** What people said of incidents, by service, where the times overlap. */
async function readJudgedIncidents(client: pg.ClientBase, from: number, until: number) {
  const { rows } = await client.query<{ service: string; start: number; end: number; is_true: boolean }>(
    `SELECT service, (extract(epoch FROM began_at) * 1000)::float8 AS start,
       (extract(epoch FROM coalesce(resolved_at, $2)) * 1000)::float8 AS end, is_true
     FROM incidents WHERE is_true IS NOT NULL AND began_at < $2 AND coalesce(resolved_at, $2) > $1`,
    [new Date(from), new Date(until)],
  )
  return (service: string, start: number, end: number): boolean | undefined =>
    rows.find(row => row.service === service && row.start <= end && row.end >= start)?.is_true
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
