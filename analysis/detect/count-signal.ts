import { fewerChance, moreChance } from './chances.ts'
import { createRecent, type UsualCount } from './recent.ts'
import type { AnomalyType, Verdict } from './series.ts'
import { ACCEPT_DELAY, type DetectSettings, OFF_CHANCE, WINDOW_MAX, WINDOWS } from './settings.ts'

/** Traffic follows the hour of the day: an older hour is no measure of this one. */
export const TRAFFIC_MINUTES = 60

export interface CountSignal {
  step(time: number, count: number, limits: CountLimits): Verdict
  usual(): UsualCount
  accept(): void
}

export interface CountLimits {
  readonly isHeld: boolean
  /** What the same hours of earlier weeks had a minute, least and most. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export type Direction = 'up' | 'down' | 'both'

/**
 * Watches how many there are a minute: requests, records of a problem. Too many is a spike, too few a drop, none for
 * some minutes silence. Bursts that come at the same minute of each hour, or of the day, are known after two of them.
 */
export function createCountSignal(
  settings: DetectSettings,
  direction: Direction,
  minutesMax = TRAFFIC_MINUTES,
): CountSignal {
  const recent = createRecent(minutesMax)
  const bursts = createBursts()
  const last: { time: number; count: number; isUsual: boolean }[] = []
  return {
    step(time, count, limits) {
      const usual = recent.usualCount()
      last.push({ time, count, isUsual: true })
      if (last.length > WINDOW_MAX) last.shift()
      let verdict = judge(last, usual, settings, direction, limits)
      if (verdict.type === 'spike' && verdict.isOff) {
        const isKnown = bursts.isKnown(time)
        if (verdict.isAnomalous) bursts.add(time)
        if (isKnown) verdict = { ...verdict, isAnomalous: false, isOff: false, chance: 1 }
      }
      last.at(-1)!.isUsual = !verdict.isOff && !verdict.isAnomalous
      const ripe = last.length > ACCEPT_DELAY ? last[last.length - 1 - ACCEPT_DELAY] : undefined
      if (ripe?.isUsual === true && !limits.isHeld) recent.add({ ...ripe, bad: 0 })
      return verdict
    },
    usual: () => recent.usualCount(),
    accept() {
      recent.clear()
      for (const minute of last) recent.add({ ...minute, bad: 0 })
    },
  }
}

function judge(
  last: readonly { readonly time: number; readonly count: number }[],
  usual: UsualCount,
  settings: DetectSettings,
  direction: Direction,
  { from = Number.POSITIVE_INFINITY, to = 0 }: CountLimits,
): Verdict {
  const now = last.at(-1)!
  const mean = usual.all / (usual.minutes || 1)
  const quiet: Verdict = {
    time: now.time,
    isAnomalous: false,
    isOff: false,
    isOffNow: false,
    isBlank: false,
    chance: 1,
    seen: now.count,
    now: now.count,
    expected: mean,
    minutes: 1,
    type: 'spike',
  }
  if (usual.minutes < settings.learnMinutes) return quiet
  let best = quiet
  let isOff = false
  for (const window of WINDOWS) {
    if (window > last.length) break
    let count = 0
    for (let i = last.length - window; i < last.length; i++) count += last[i]!.count
    const seen = count / window
    const type = typeOf(seen, now.count, mean, settings, direction, { from, to })
    if (type === undefined) continue
    if (type === 'silence' && window < settings.silenceMinutes) continue
    // Two minutes at least: a pause between two arrivals is no drop.
    if (type === 'drop' && window < 2) continue
    const chance =
      type === 'spike'
        ? moreChance(count, window, usual.all, usual.minutes, usual.countDispersion)
        : fewerChance(count, window, usual.all, usual.minutes, usual.countDispersion)
    if (chance <= OFF_CHANCE) isOff = true
    if (chance < best.chance) best = { ...quiet, chance, seen, minutes: window, type }
  }
  return { ...best, isOff, isOffNow: isOff, isAnomalous: best.chance <= settings.chanceMax }
}

function typeOf(
  seen: number,
  now: number,
  mean: number,
  { spikeMin, dropMax, badMin }: DetectSettings,
  direction: Direction,
  { from, to }: { readonly from: number; readonly to: number },
): AnomalyType | undefined {
  const most = Math.max(mean, to)
  if (direction !== 'down' && seen > most * (1 + spikeMin) && now > most && seen >= badMin) return 'spike'
  const least = Math.min(mean, from)
  if (direction === 'up' || seen >= least * dropMax || now >= least * dropMax) return undefined
  // A minute without any is silence or nothing, never a drop.
  if (now > 0) return 'drop'
  return seen === 0 ? 'silence' : undefined
}

const BURSTS_MAX = 200
const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440
/** A job that is started by a clock starts within a minute of it. */
const SLACK_MINUTES = 1

/** When there were bursts: two at the same minute of the hour or of the day, and the next one is expected. */
function createBursts(): { add(time: number): void; isKnown(time: number): boolean } {
  const starts: number[] = []
  const near = (a: number, b: number, period: number): boolean => {
    const apart = Math.abs(a - b) % period
    return Math.min(apart, period - apart) <= SLACK_MINUTES && Math.abs(a - b) > period / 2
  }
  return {
    add(time) {
      starts.push(time / 60_000)
      if (starts.length > BURSTS_MAX) starts.shift()
    },
    isKnown(time) {
      const minute = time / 60_000
      return [HOUR_MINUTES, DAY_MINUTES].some(period => {
        const periods = new Set(
          starts.filter(start => near(start, minute, period)).map(start => Math.round((minute - start) / period)),
        )
        return periods.size >= 2
      })
    },
  }
}
