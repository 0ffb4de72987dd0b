import type { Episode } from './episodes.ts'
import { type Exemptions, isExempt } from './exempt.ts'
import type { LevelRule } from './level-signal.ts'
import { type Durations, MINUTE_MS, type Series, type SeriesMinute, seriesKey } from './series.ts'
import type { DetectSettings, Tolerance } from './settings.ts'
import { together } from './usual-durations.ts'
import { type Change, createMetricWatch, createWatch, type MetricWatch, type Watch } from './watch.ts'

/** Requests or calls of one minute, as they were counted when they were stored. */
export interface RequestCount {
  readonly environment: string
  readonly service: string
  readonly operation: string
  readonly release: string | undefined
  /** Of calls, who is called; undefined of requests. */
  readonly callee: string | undefined
  readonly count: number
  readonly errors: number
  readonly durations: Durations
}

export interface ProblemCount {
  readonly environment: string
  readonly service: string
  /** In hex. */
  readonly fingerprint: string
  /** SeverityNumber of OpenTelemetry: 17 and above are errors. */
  readonly severityNumber: number
  readonly title?: string
  readonly records: number
}

export interface MetricValue {
  readonly environment: string
  readonly service: string
  readonly metric: string
  readonly value: number
  readonly rule: LevelRule
}

export interface MinuteInput {
  /** Start of the minute, ms since 1970. */
  readonly time: number
  readonly requests: readonly RequestCount[]
  readonly problems: readonly ProblemCount[]
  readonly metrics: readonly MetricValue[]
}

export type ToleranceOf = (series: Series, time: number) => Tolerance

export interface Detector {
  step(input: MinuteInput): readonly Change[]
  /** Of an episode that the store has as open: this is what it is known as. */
  adopt(series: Series, metric: string, episode: Episode): boolean
  readonly size: number
}

export interface DetectorOptions {
  readonly settings: DetectSettings
  readonly exemptions?: Exemptions
  readonly toleranceOf?: ToleranceOf
}

/** More series than this are not watched: each keeps some kilobytes, and a name that is made up anew each time is no series. */
const SERIES_MAX = 20_000
/** A series that was not heard of for so long is forgotten. */
const FORGET_MS = 3 * 86_400_000
/** Of a problem that comes up, so many minutes without it are known. */
const KNOWN_MINUTES_MAX = 180
/** A release that was not seen for so long comes anew. */
const RELEASE_MS = 10 * MINUTE_MS

interface Entry {
  readonly series: Series
  readonly watch: Watch
  heardAt: number
}

/**
 * All series of all services, minute by minute: services, operations, calls, problems and named metrics. What a minute
 * says of a service is the sum of its operations, those that only ask for the sake of asking left out.
 */
export function createDetector({ settings, exemptions, toleranceOf = () => ({}) }: DetectorOptions): Detector {
  const entries = new Map<string, Entry>()
  const metrics = new Map<string, MetricWatch>()
  const releases = createReleases(settings.restartMinutes * MINUTE_MS)
  const since = new Map<string, number>()

  return {
    get size() {
      return entries.size + metrics.size
    },
    step({ time, requests, problems, metrics: values }) {
      const watched = requests.filter(one => !isExempt(one, exemptions))
      for (const one of watched) {
        const place = JSON.stringify([one.environment, one.service])
        if (!since.has(place)) since.set(place, time)
        if (one.release !== undefined && one.callee === undefined) releases.see(place, one.release, time)
      }
      const minutes = summed(watched, problems, time)
      for (const [key, { series }] of minutes) {
        const entry = entries.get(key)
        if (entry === undefined && entries.size < SERIES_MAX) entries.set(key, begun(series, time))
        else if (entry !== undefined) entry.heardAt = time
      }
      const changes = [...entries].flatMap(([key, { series, watch, heardAt }]) => {
        if (time - heardAt > FORGET_MS && watch.open().length === 0) entries.delete(key)
        const minute = minutes.get(key)?.minute ?? { time, count: 0, errors: 0 }
        const restartAge = releases.age(JSON.stringify([series.environment, series.service]), time)
        return watch.step(minute, toleranceOf(series, time), restartAge)
      })
      return [...changes, ...values.flatMap(value => metricChange(value, time))]
    },
    adopt(series, metric, episode) {
      const key = seriesKey(series)
      if (series.kind === 'metric') metrics.get(key)?.adopt(episode)
      return metrics.has(key) || (entries.get(key)?.watch.adopt(metric, episode) ?? false)
    },
  }

  function begun(series: Series, time: number): Entry {
    const watch = createWatch(series, settings)
    if (series.kind === 'problem') {
      const known = since.get(JSON.stringify([series.environment, series.service])) ?? time
      const minutes = Math.min(KNOWN_MINUTES_MAX, Math.round((time - known) / MINUTE_MS))
      for (let back = minutes; back > 0; back--) {
        watch.step({ time: time - back * MINUTE_MS, count: 0, errors: 0 }, {})
      }
    }
    return { series, watch, heardAt: time }
  }

  function metricChange({ environment, service, metric, value, rule }: MetricValue, time: number): readonly Change[] {
    const series: Series = { kind: 'metric', environment, service, name: metric }
    const key = seriesKey(series)
    if (!metrics.has(key) && metrics.size >= SERIES_MAX) return []
    const watch = metrics.get(key) ?? createMetricWatch(series, settings)
    metrics.set(key, watch)
    const change = watch.step(time, value, rule)
    return change === undefined ? [] : [change]
  }
}

/** What every series did, by its key. */
function summed(
  requests: readonly RequestCount[],
  problems: readonly ProblemCount[],
  time: number,
): Map<string, { readonly series: Series; readonly minute: SeriesMinute }> {
  const parts = new Map<string, { readonly series: Series; count: number; errors: number; durations: Durations[] }>()
  const add = (series: Series, count: number, errors: number, durations?: Durations): void => {
    const key = seriesKey(series)
    const part = parts.get(key) ?? { series, count: 0, errors: 0, durations: [] }
    parts.set(key, part)
    part.count += count
    part.errors += errors
    if (durations !== undefined) part.durations.push(durations)
  }
  for (const { environment, service, operation, callee, count, errors, durations } of requests) {
    if (callee !== undefined) {
      add({ kind: 'edge', environment, service, name: callee }, count, errors, durations)
      continue
    }
    add({ kind: 'service', environment, service, name: '' }, count, errors, durations)
    add({ kind: 'operation', environment, service, name: operation }, count, errors, durations)
  }
  for (const { environment, service, fingerprint, severityNumber, title, records } of problems) {
    const series = { kind: 'problem', environment, service, name: fingerprint, severityNumber } as const
    add(title === undefined ? series : { ...series, title }, records, records)
  }
  return new Map(
    [...parts].map(([key, { series, count, errors, durations }]) => [
      key,
      { series, minute: { time, count, errors, durations: durations.length === 0 ? undefined : together(durations) } },
    ]),
  )
}

/** Which releases run where: one that was not there a while ago has just been rolled out, in whole or as a canary. */
function createReleases(restartMs: number) {
  const seen = new Map<string, Map<string, number>>()
  const changedAt = new Map<string, number>()
  return {
    see(place: string, release: string, time: number): void {
      const known = seen.get(place)
      if (known === undefined) {
        seen.set(place, new Map([[release, time]]))
        return
      }
      const before = known.get(release)
      if (before === undefined || time - before > RELEASE_MS) changedAt.set(place, time)
      known.set(release, time)
      for (const [other, at] of known) if (time - at > RELEASE_MS) known.delete(other)
    },
    /** Minutes since a change that is no older than restarts last. */
    age(place: string, time: number): number | undefined {
      const age = time - (changedAt.get(place) ?? Number.NEGATIVE_INFINITY)
      return age < restartMs ? age / MINUTE_MS : undefined
    },
  }
}
