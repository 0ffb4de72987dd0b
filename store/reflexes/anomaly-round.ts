import { setImmediate } from 'node:timers/promises'
import type pg from 'pg'
import { createDetector, type Detector } from '../../analysis/detect/detector.ts'
import type { Exemptions } from '../../analysis/detect/exempt.ts'
import { MINUTE_MS } from '../../analysis/detect/series.ts'
import type { DetectSettings } from '../../analysis/detect/settings.ts'
import { severityOf } from '../../analysis/detect/tell.ts'
import type { Change } from '../../analysis/detect/watch.ts'
import { SEVERITIES } from '../../analysis/incidents/found.ts'
import { inTransaction } from '../connect.ts'
import { advance, readWatermark } from '../jobs/state.ts'
import type { Read } from '../reading.ts'
import { type Evidence, readOpenAnomalies, writeAnomaly } from './anomalies.ts'
import { noteAnomaly } from './anomaly-finding.ts'
import { createTolerances } from './baselines.ts'
import { createLateMinutes, noteJudged, readStored } from './late-minutes.ts'
import { readMetricMinutes, type WatchedMetric } from './metric-minutes.ts'
import { firstMinute, MINUTES_AT_ONCE, readMinutes } from './minutes.ts'
import { readChangedBefore, readRelease, readShared } from './shared.ts'

export interface AnomalyOptions {
  readonly settings: DetectSettings
  readonly exemptions: Exemptions
  readonly metrics: readonly WatchedMetric[]
  /** A minute is judged so long after its end: what comes later changes rollups, not verdicts. */
  readonly lateMs: number
  /** The receiver's id, under which findings wait. */
  readonly receiver: string
}

export interface AnomalyReflex {
  /** Judges all minutes that are over at `now`; how many they were. */
  round(client: pg.ClientBase, now: number): Promise<number>
}

/** What a detector looks back on when a process begins to lead. */
const WARM_MINUTES = 180
/** Behind by more, the minutes in between are warmed up on, and not told: nobody is helped by news of yesterday. */
const BEHIND_MAX_MS = 6 * 3_600_000
const WARM_MAX_MS = 27 * 3_600_000
/** Of the episodes that begin in one round, so many are asked what their requests share: the worst. */
const ASKED_MAX = 6

/**
 * The detectors over what is stored. Everything that a process remembers can be made again from the tables, so any
 * process can go on where another ended: it replays the last hours without a word.
 */
export function createAnomalyReflex(options: AnomalyOptions): AnomalyReflex {
  let detector: Detector | undefined
  let judgedUntil = Number.NaN
  const tolerances = createTolerances()
  const late = createLateMinutes('anomalies')

  return {
    async round(client, now) {
      const until = Math.floor((now - options.lateMs) / MINUTE_MS) * MINUTE_MS
      const stored = (await readWatermark(client, 'anomalies'))?.getTime()
      const again = await late.earliest(client, Math.min(stored ?? until, until), now)
      // Nothing was judged yet: what comes in now is judged in the order of its time, as everything is.
      if (again === 'coming' && stored === undefined) return 0
      if (typeof again === 'number') detector = undefined
      const mark = typeof again === 'number' ? again : stored
      if (mark !== undefined && mark >= until) return 0
      await tolerances.refresh(client, now)
      // Another process may have led since.
      if (detector === undefined || mark !== judgedUntil) {
        const begun = await begin(client, mark, until)
        if (begun === undefined) return 0
        judgedUntil = begun
      }
      let judged = 0
      for (let from = judgedUntil; from < until; from = judgedUntil) {
        const to = Math.min(until, from + MINUTES_AT_ONCE * MINUTE_MS)
        await judge(client, from, to, now)
        judged += (to - from) / MINUTE_MS
        judgedUntil = to
      }
      return judged
    },
  }

  /** Where to go on from; undefined where nothing was stored yet. */
  async function begin(client: pg.ClientBase, mark: number | undefined, until: number): Promise<number | undefined> {
    const { settings, exemptions } = options
    const first = await firstMinute(client)
    if (first === undefined) return undefined
    // Where nothing was judged yet, the hours before are what is known, not what is told.
    const from = mark === undefined || mark < until - BEHIND_MAX_MS ? Math.max(first, until - MINUTE_MS) : mark
    detector = createDetector({ settings, exemptions, toleranceOf: tolerances.of })
    const open = await readOpenAnomalies(client, 'minutes')
    const earliest = Math.min(from, ...open.map(({ episode }) => episode.start)) - WARM_MINUTES * MINUTE_MS
    const warmFrom = Math.max(first, earliest, from - WARM_MAX_MS)
    for (let at = warmFrom; at < from; at += MINUTES_AT_ONCE * MINUTE_MS) {
      for (const minute of await read(client, at, Math.min(from, at + MINUTES_AT_ONCE * MINUTE_MS))) {
        detector.step(minute)
        await setImmediate()
      }
    }
    for (const { series, metric, episode } of open) detector.adopt(series, metric, episode)
    return from
  }

  async function read(client: pg.ClientBase, from: number, to: number) {
    const minutes = await readMinutes(client, from, to)
    if (options.metrics.length === 0) return minutes
    const metrics = await readMetricMinutes(client, options.metrics, from, to)
    return minutes.map(minute => ({ ...minute, metrics: metrics.get(minute.time) ?? [] }))
  }

  async function judge(client: pg.ClientBase, from: number, to: number, now: number): Promise<void> {
    const stored = await readStored(client, from, to)
    const changes: Change[] = []
    for (const minute of await read(client, from, to)) {
      changes.push(...detector!.step(minute))
      // A minute of many thousand series takes a while: others have their turn after each.
      await setImmediate()
    }
    const evidence = await ask(client, changes, now)
    await inTransaction(client, async () => {
      for (const change of changes) {
        const known = evidence.get(change)
        const written = await writeAnomaly(client, change, known, now)
        if (change.what !== 'grew') await noteAnomaly(client, options.receiver, change, known, written)
      }
      await noteJudged(client, 'anomalies', stored, to)
      await advance(client, 'anomalies', new Date(to))
    }).catch((error: unknown) => {
      // What the detector remembers is ahead of what is stored: it is made anew.
      detector = undefined
      throw error
    })
  }
}

/** What the requests of the worst new episodes share, and what changed before each. */
async function ask(
  client: pg.ClientBase,
  changes: readonly Change[],
  now: number,
): Promise<ReadonlyMap<Change, Evidence>> {
  const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
  const begun = changes
    .filter(({ what, series }) => what === 'started' && series.kind !== 'metric' && series.kind !== 'edge')
    .toSorted(
      (a, b) =>
        SEVERITIES.indexOf(severityOf(b)) - SEVERITIES.indexOf(severityOf(a)) || a.episode.chance - b.episode.chance,
    )
  const found = new Map<Change, Evidence>()
  for (const change of begun.slice(0, ASKED_MAX)) {
    const { series, metric, episode } = change
    const isOfOperation = series.kind === 'operation' && (metric === 'error_rate' || metric === 'latency_p95')
    const shared =
      isOfOperation || series.kind === 'problem'
        ? await readShared(read, {
            environment: series.environment,
            service: series.service,
            operation: isOfOperation ? series.name : undefined,
            fingerprint: series.kind === 'problem' ? series.name : undefined,
            isSlow: metric === 'latency_p95',
            since: episode.start,
            now,
          })
        : undefined
    found.set(change, {
      shared,
      changedBefore: await readChangedBefore(read, [series.service], episode.start + MINUTE_MS),
      release: await readRelease(read, { ...series, since: episode.start, now }),
    })
  }
  return found
}
