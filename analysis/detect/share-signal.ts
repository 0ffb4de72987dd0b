import { moreBadChance } from './chances.ts'
import { createRecent, type Trials, type Usual } from './recent.ts'
import type { AnomalyType, Verdict } from './series.ts'
import {
  ACCEPT_DELAY,
  type DetectSettings,
  OFF_CHANCE,
  RAISED_CHANCE,
  RECENT_MINUTES,
  WINDOW_MAX,
  WINDOWS,
} from './settings.ts'

/**
 * How large a difference has to be, whatever chance says: of a million requests, any difference is certain. Undefined
 * where the share is of no interest; else what to call it.
 */
export type ShareEffect = (share: number, usualShare: number) => AnomalyType | undefined

export interface ShareSignal {
  /** @param isHeld an episode goes on: nothing of this minute becomes usual. */
  step(trials: Trials, isHeld: boolean): Verdict
  usual(): Usual
  /** What is now is usual from here on. */
  accept(): void
}

/**
 * Watches a share of bad ones: errors of requests, requests that took long. Several windows end at the present minute;
 * in each, chance is asked how likely as many bad ones are, given those of the usual minutes before (Fisher's exact
 * test, so that a short history is only as sure as it can be).
 */
export function createShareSignal(settings: DetectSettings, effect: ShareEffect): ShareSignal {
  const recent = createRecent(RECENT_MINUTES)
  /** The last minutes, the newest last, each with whether it may become usual. */
  const last: (Trials & { isUsual: boolean })[] = []
  const accept = (isHeld: boolean): void => {
    const ripe = last.length > ACCEPT_DELAY ? last[last.length - 1 - ACCEPT_DELAY] : undefined
    if (ripe?.isUsual === true && !isHeld) recent.add(ripe)
  }
  return {
    step(trials, isHeld) {
      const usual = recent.usual()
      last.push({ ...trials, isUsual: true })
      if (last.length > WINDOW_MAX) last.shift()
      const verdict = judge(last, usual, settings, effect)
      last.at(-1)!.isUsual = !verdict.isOff && !verdict.isAnomalous
      accept(isHeld)
      return verdict
    },
    usual: () => recent.usual(),
    accept() {
      recent.clear()
      for (const minute of last) recent.add(minute)
    },
  }
}

function judge(last: readonly Trials[], usual: Usual, settings: DetectSettings, effect: ShareEffect): Verdict {
  const now = last.at(-1)!
  const share = now.count === 0 ? usual.share : now.bad / now.count
  const quiet: Verdict = {
    time: now.time,
    isAnomalous: false,
    isOff: false,
    isOffNow: false,
    isBlank: now.count === 0,
    chance: 1,
    seen: share,
    now: share,
    badShare: now.count === 0 ? 0 : share,
    expected: usual.share,
    minutes: 1,
    type: 'drift',
  }
  if (now.count === 0 || usual.minutes < settings.learnMinutes || usual.count < settings.countMin) return quiet
  let best = quiet
  let isOff = false
  let isOffNow = false
  let isRaised = false
  const unbroken = unbrokenMinutes(last, usual.share, 2 * settings.countMin)
  for (const window of WINDOWS) {
    if (window > last.length || window > unbroken) break
    const { bad, count } = sumOf(last, window)
    const type = bad === 0 ? undefined : effect(bad / count, usual.share)
    if (type === undefined || (window >= 2 && !lasts(last, window, usual.share, effect))) continue
    const chance = moreBadChance(bad, count, usual.bad, usual.count, usual.badDispersion)
    // A window that was bad before says nothing of a minute that is not.
    if (chance <= OFF_CHANCE && goesOn(last, window, usual.share, settings.countMin)) isOff = true
    if (window === 1) [isOffNow, isRaised] = [isOff, chance <= RAISED_CHANCE]
    if (
      chance >= best.chance ||
      bad < settings.badMin ||
      count < settings.countMin ||
      !isPresent(last, window, usual.share)
    )
      continue
    best = { ...quiet, chance, seen: bad / count, minutes: onset(last, window, usual.share), type }
  }
  return { ...best, isOff, isOffNow, isRaised, isAnomalous: best.chance <= settings.chanceMax }
}

function sumOf(last: readonly Trials[], window: number): { readonly bad: number; readonly count: number } {
  let [bad, count] = [0, 0]
  for (let i = last.length - window; i < last.length; i++) {
    bad += last[i]!.bad
    count += last[i]!.count
  }
  return { bad, count }
}

/** Whether a window is bad without its worst minute, too: one that is over is not still going on. */
function lasts(last: readonly Trials[], window: number, usualShare: number, effect: ShareEffect): boolean {
  const minutes = last.slice(-window)
  const worst = minutes.reduce((a, b) => (b.bad > a.bad ? b : a))
  let [bad, count] = [-worst.bad, -worst.count]
  for (const minute of minutes) {
    bad += minute.bad
    count += minute.count
  }
  return bad > 0 && effect(bad / count, usualShare) !== undefined
}

const CLEARLY = 1.5

/** A trouble that was over does not go on in the next: minutes back to where two in a row, with requests, were usual. */
function unbrokenMinutes(last: readonly Trials[], usualShare: number, countMin: number): number {
  for (let back = 1; back < last.length; back++) {
    const at = last.length - back - 1
    if (at === 0) break
    const count = last[at]!.count + last[at - 1]!.count
    const isUsual = !isWorse(last, at, 1, usualShare) && !isWorse(last, at - 1, 1, usualShare)
    if (count >= countMin && isUsual) return back
  }
  return last.length
}

/** The minutes since the first of the window that was clearly worse than usual. */
function onset(last: readonly Trials[], window: number, usualShare: number): number {
  for (let back = window; back > 1; back--) if (isWorse(last, last.length - back, 1, usualShare)) return back
  return 1
}

/** Whether the last third of a window is clearly worse than usual: what was before, and is over, begins nothing. */
function isPresent(last: readonly Trials[], window: number, usualShare: number): boolean {
  const length = Math.ceil(window / 3)
  return isWorse(last, last.length - length, length, usualShare)
}

/** Whether the end of a window is clearly worse than usual, too; of few requests, the last two minutes of five are asked. */
function goesOn(last: readonly Trials[], window: number, usualShare: number, countMin: number): boolean {
  if (window <= 2 || last.at(-1)!.count >= countMin) return window <= 5 && isWorse(last, last.length - 1, 1, usualShare)
  return window <= 5 && isWorse(last, last.length - 2, 2, usualShare)
}

function isWorse(last: readonly Trials[], from: number, length: number, usualShare: number): boolean {
  let [bad, count] = [0, 0]
  for (let i = from; i < from + length; i++) {
    bad += last[i]!.bad
    count += last[i]!.count
  }
  return count > 0 && bad / count > CLEARLY * usualShare
}
