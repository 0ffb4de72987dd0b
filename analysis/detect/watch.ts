import { createCountSignal, type Direction, TRAFFIC_MINUTES } from './count-signal.ts'
import { createEpisodes, type Episode, type EpisodeChange, type Episodes } from './episodes.ts'
import { createLevelSignal, type LevelRule } from './level-signal.ts'
import { quantileOfDurations } from './quantile.ts'
import type { Trials } from './recent.ts'
import type { AnomalyType, MetricName, Series, SeriesMinute, Verdict } from './series.ts'
import { type DetectSettings, type Tolerance, WINDOW_MAX } from './settings.ts'
import { createShareSignal } from './share-signal.ts'
import { createUptime } from './uptime.ts'
import { createUsualDurations } from './usual-durations.ts'

/** An episode of a series begins, grows, ends or begins again. */
export interface Change extends EpisodeChange {
  readonly series: Series
  readonly metric: MetricName
  /** Requests or records in the minute of the change. */
  readonly count: number
}

export interface Watch {
  /** @param restartAge minutes since the service's release changed, where it has just done so. */
  step(minute: SeriesMinute, tolerance: Tolerance, restartAge?: number): readonly Change[]
  /** Episodes that are going on. */
  open(): readonly { readonly metric: MetricName; readonly episode: Episode }[]
  /** An episode that another process began goes on here; false where the series has no such metric. */
  adopt(metric: MetricName, episode: Episode): boolean
}

/** Watches one series minute by minute: everything that can be unusual about it. Pure but for what it remembers. */
export function createWatch(series: Series, settings: DetectSettings): Watch {
  const parts = series.kind === 'problem' ? [recordsPart(settings)] : requestParts(series, settings)
  return {
    step(minute, tolerance, restartAge) {
      return parts.flatMap(part => {
        const change = part.step(minute, tolerance, restartAge)
        return change === undefined ? [] : [{ ...change, series, metric: part.metric, count: minute.count }]
      })
    },
    open: () =>
      parts.flatMap(({ metric, episodes }) => {
        const episode = episodes.current()
        return episode === undefined ? [] : [{ metric, episode }]
      }),
    adopt(metric, episode) {
      const part = parts.find(one => one.metric === metric)
      part?.episodes.adopt(episode)
      return part !== undefined
    },
  }
}

interface Part {
  readonly metric: MetricName
  readonly episodes: Episodes
  step(minute: SeriesMinute, tolerance: Tolerance, restartAge: number | undefined): EpisodeChange | undefined
}

function requestParts(series: Series, settings: DetectSettings): readonly Part[] {
  const parts = [errorsPart(settings), latencyPart(settings)]
  if (series.kind === 'service') return [...parts, trafficPart(settings, 'both'), uptimePart(settings)]
  // How much each operation is asked for is its callers' affair; that it is asked no more is news, if it was for an hour.
  return [...parts, trafficPart({ ...settings, learnMinutes: TRAFFIC_MINUTES }, 'down')]
}

function errorsPart(settings: DetectSettings): Part {
  const metric = 'error_rate'
  const episodes = createEpisodes(settings)
  let tolerated = 0
  const signal = createShareSignal(settings, (share, usual) => errorType(share, Math.max(usual, tolerated), settings))
  return {
    metric,
    episodes,
    step({ time, count, errors }, { errorRate = 0 }, restartAge) {
      tolerated = errorRate
      const isHeld = episodes.current() !== undefined
      const change = episodes.step(signal.step({ time, count, bad: errors }, isHeld), restartAge)
      if (change?.episode.isAccepted) signal.accept()
      return change
    },
  }
}

/** Twice as many as usual, or ten more in a hundred; above the limit of the agreement it is a breach. */
function errorType(share: number, usual: number, { errorRateMax, spikeMin }: DetectSettings): AnomalyType | undefined {
  if (share < 2 * usual && share < usual + 0.1) return undefined
  if (share > errorRateMax) return 'sla_breach'
  return share > usual * (1 + spikeMin) ? 'spike' : 'drift'
}

/**
 * Of requests two shares are watched: those that took 20 % longer than the usual P95, and those that took three times as
 * long. Where more than 5 % do, the P95 itself is 20 % above its baseline, or 200 %: one test each for the size and for
 * chance. The second tells at once what the first cannot tell of few requests, since next to none usually take so long.
 */
function latencyPart(settings: DetectSettings): Part {
  const metric = 'latency_p95'
  const episodes = createEpisodes(settings)
  const usual = createUsualDurations()
  const moreThanFew = (type: AnomalyType) => (share: number) => (share > 0.05 ? type : undefined)
  const slower = createShareSignal(settings, moreThanFew('regression'))
  const farSlower = createShareSignal(settings, moreThanFew('spike'))
  let toleratedP95 = Number.NaN
  let usualP95 = Number.NaN
  let seenMinutes = 0
  /** From before anything was usual; none once something is. */
  let early: SeriesMinute[] | undefined = []
  const waiting: SeriesMinute[] = []
  const last: number[] = []
  const judge = ({ time, count, durations }: SeriesMinute, isHeld: boolean): Verdict => {
    const isKnown = durations !== undefined && toleratedP95 > 0
    const above = (by: number): Trials => ({
      time,
      count: isKnown ? count : 0,
      bad: isKnown ? durations.above(toleratedP95 * (1 + by)) : 0,
    })
    return either(slower.step(above(settings.regressionMin), isHeld), farSlower.step(above(settings.spikeMin), isHeld))
  }
  return {
    metric,
    episodes,
    step(minute, { p95Ms = 0 }, restartAge) {
      const { count, durations } = minute
      const isHeld = episodes.current() !== undefined
      if (!isHeld && (early !== undefined || seenMinutes % LIMIT_EVERY === 0)) {
        usualP95 = usual.p95()
        const longPoll = usual.p50() >= settings.longPollMs
        toleratedP95 = longPoll ? Number.NaN : Math.max(usualP95, p95Ms)
      }
      if (count > 0) seenMinutes++
      if (early !== undefined && toleratedP95 > 0) {
        for (const one of early) judge(one, isHeld)
        early = undefined
      }
      early?.push(minute)
      if (early !== undefined && early.length > WINDOW_MAX) early.shift()
      const verdict = judge(minute, isHeld)
      waiting.push(minute)
      if (waiting.length > WAITING) {
        const ripe = waiting.shift()!
        if (!isHeld && !verdict.isOff && ripe.durations !== undefined) usual.add(ripe.durations)
      }
      const now = durations === undefined || count === 0 ? Number.NaN : quantileOfDurations(durations, 0.95)
      last.push(now)
      if (last.length > WINDOW_MAX) last.shift()
      // The worst of the minutes that it rests on: what is over by the time that it is found was no less.
      const seen = Math.max(...last.slice(-verdict.minutes).filter(Number.isFinite), 0)
      const type = seen >= usualP95 * (1 + settings.spikeMin) ? 'spike' : 'regression'
      const change = episodes.step(
        { ...verdict, seen, now: Number.isFinite(now) ? now : usualP95, expected: usualP95, type },
        restartAge,
      )
      if (change?.episode.isAccepted) {
        usual.clear()
        slower.accept()
        farSlower.accept()
      }
      return change
    },
  }
}

/** What two signals of one minute say together: the rarer by chance, and off where either is. */
function either(one: Verdict, other: Verdict): Verdict {
  return {
    ...(other.chance < one.chance ? other : one),
    isOff: one.isOff || other.isOff,
    isOffNow: one.isOffNow || other.isOffNow,
    isRaised: one.isRaised === true || other.isRaised === true,
    badShare: Math.max(one.badShare ?? 0, other.badShare ?? 0),
  }
}

/** The usual durations are asked for again after so many minutes: they move slowly, and asking costs a sort. */
const LIMIT_EVERY = 5
const WAITING = 3

function trafficPart(settings: DetectSettings, direction: Direction): Part {
  const metric = 'requests'
  const episodes = createEpisodes(settings)
  const signal = createCountSignal(settings, direction)
  return {
    metric,
    episodes,
    step({ time, count }, { requestsFrom, requestsTo }, restartAge) {
      const isHeld = episodes.current() !== undefined
      const change = episodes.step(signal.step(time, count, { isHeld, from: requestsFrom, to: requestsTo }), restartAge)
      if (change?.episode.isAccepted) signal.accept()
      return change
    },
  }
}

function uptimePart(settings: DetectSettings): Part {
  const metric = 'uptime'
  const episodes = createEpisodes(settings)
  const uptime = createUptime(settings)
  return {
    metric,
    episodes,
    step: (minute, _, restartAge) => episodes.step(uptime(minute), restartAge),
  }
}

/** A problem that nobody knew has a history, too: all the minutes in which it did not occur. */
function recordsPart(settings: DetectSettings): Part {
  const metric = 'records'
  const episodes = createEpisodes(settings)
  const signal = createCountSignal({ ...settings, badMin: PROBLEM_RECORDS_MIN }, 'up', PROBLEM_MINUTES)
  return {
    metric,
    episodes,
    step({ time, count }, _, restartAge) {
      const isHeld = episodes.current() !== undefined
      const change = episodes.step(signal.step(time, count, { isHeld }), restartAge)
      if (change?.episode.isAccepted) signal.accept()
      return change
    },
  }
}

const PROBLEM_MINUTES = 180
/** A minute, as a mean over the window: each failure is a log line and a span. */
const PROBLEM_RECORDS_MIN = 4

export interface MetricWatch {
  step(time: number, value: number | undefined, rule: LevelRule): Change | undefined
  adopt(episode: Episode): void
}

/** Watches one metric of those that the configuration names. */
export function createMetricWatch(series: Series, settings: DetectSettings): MetricWatch {
  const episodes = createEpisodes(settings)
  const signal = createLevelSignal(settings)
  return {
    step(time, value, rule) {
      const change = episodes.step(signal.step(time, value, rule, episodes.current() !== undefined), undefined)
      if (change?.episode.isAccepted) signal.accept()
      return change === undefined ? undefined : { ...change, series, metric: series.name, count: 1 }
    },
    adopt: episode => episodes.adopt(episode),
  }
}
