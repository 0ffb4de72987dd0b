import { quantileOf, robustLevel, robustZ } from '../statistics/robust.ts'
import type { Verdict } from './series.ts'
import { ACCEPT_DELAY, type DetectSettings, RECENT_MINUTES } from './settings.ts'

export interface LevelRule {
  readonly worse: 'up' | 'down' | 'both'
  /** Robust standard deviations that are too many. */
  readonly sigmas: number
  /** Least change as a share of the level. */
  readonly changeMin: number
  /** The most and the least of the same hours of earlier weeks, where they are known. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface LevelSignal {
  /** @param value undefined in a minute without any. */
  step(time: number, value: number | undefined, rule: LevelRule, isHeld: boolean): Verdict
  accept(): void
}

/** So many minutes in a row have to be beyond the limit, or two beyond thrice of it: neighbours are alike, so one says little. */
const ROW = 5
const ROW_FAR = 2
const FAR = 3

/** Watches the values of a metric: a queue, a pool, a business figure. */
export function createLevelSignal(settings: DetectSettings): LevelSignal {
  const recent: number[] = []
  const waiting: { value: number; isUsual: boolean }[] = []
  const row: number[] = []
  const remember = (value: number): void => {
    recent.push(value)
    if (recent.length > RECENT_MINUTES) recent.shift()
  }
  return {
    step(time, value, rule, isHeld) {
      const expected = quantileOf(recent, 0.5)
      const quiet: Verdict = {
        time,
        isAnomalous: false,
        isOff: false,
        isOffNow: false,
        isBlank: value === undefined,
        chance: 1,
        seen: value ?? expected,
        now: value ?? expected,
        expected,
        minutes: 1,
        type: 'drift',
      }
      if (value === undefined) return quiet
      const z = recent.length < 2 * settings.learnMinutes ? 0 : worseBy(value, recent, rule)
      row.push(z)
      if (row.length > ROW) row.shift()
      const isOff = Math.abs(z) > rule.sigmas
      waiting.push({ value, isUsual: !isOff })
      if (waiting.length > ACCEPT_DELAY) {
        const ripe = waiting.shift()!
        if (ripe.isUsual && !isHeld) remember(ripe.value)
      }
      const isLong = row.length === ROW && row.every(one => Math.abs(one) > rule.sigmas)
      const isFar = row.length >= ROW_FAR && row.slice(-ROW_FAR).every(one => Math.abs(one) > FAR * rule.sigmas)
      const type = expected > 0 && value >= expected * (1 + settings.spikeMin) ? 'spike' : 'drift'
      return {
        ...quiet,
        isOff,
        isOffNow: isOff,
        isAnomalous: isLong || isFar,
        chance: chanceOf(z),
        minutes: isLong ? ROW : 1,
        type,
      }
    },
    accept() {
      recent.length = 0
      for (const { value } of waiting) remember(value)
    },
  }
}

/** Deviations from the recent level, 0 where they are in the direction that is no worse or within what earlier weeks had. */
function worseBy(value: number, recent: readonly number[], rule: LevelRule): number {
  const level = robustLevel(recent)
  // A step that a series takes all the time is none: the spread of nine in ten says how far it usually goes.
  const spread = (quantileOf(recent, 0.95) - quantileOf(recent, 0.05)) / 3.29
  const z = robustZ(
    value,
    { ...level, sigma: Math.max(level.sigma, spread) },
    (Math.abs(level.median) * rule.changeMin) / rule.sigmas,
  )
  if (z > 0 && (rule.worse === 'down' || value <= (rule.to ?? Number.NEGATIVE_INFINITY))) return 0
  if (z < 0 && (rule.worse === 'up' || value >= (rule.from ?? Number.POSITIVE_INFINITY))) return 0
  return z
}

/** Chebyshev's bound for one maximum (Vysochanskij and Petunin 1980): true of any such distribution. */
function chanceOf(z: number): number {
  return Math.min(1, 4 / (9 * Math.max(z * z, 4 / 9)))
}
