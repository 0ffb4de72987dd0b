import { BURN_RULES, type BurnRule, budgetLeft, burnRate, createSums, type MinuteOfEvents } from './burn.ts'

export interface Burn {
  readonly rule: BurnRule
  /** When the burn began: the minute of the first bad event in the long window is not known, so that it was found. */
  readonly since: number
  readonly until: number | undefined
  readonly rate: number
  /** The highest so far. */
  readonly peakRate: number
}

export interface BurnChange {
  readonly what: 'started' | 'ended' | 'muted'
  readonly burn: Burn
  readonly budgetLeft: number
}

export interface ObjectiveState {
  step(minute: MinuteOfEvents): readonly BurnChange[]
  budgetLeft(): number
  open(): readonly Burn[]
  /** Events of the whole period. */
  period(): { readonly total: number; readonly bad: number; readonly budgetLeft: number }
  /** What burns now is known as these: another process told of them. */
  adopt(burns: readonly Burn[]): void
}

export interface ObjectiveSettings {
  /** Share of good events that is promised, 0.999 say. */
  readonly target: number
  readonly periodMinutes: number
  readonly rules?: readonly BurnRule[]
  /** Bad events in the long window before anybody is told: of ten requests, one is too few to speak of a rate. */
  readonly badMin?: number
}

const BAD_MIN = 5
const MINUTE_MS = 60_000
/** The mean of the days before is what is expected; where only minutes are known, those are. */
const EXPECTED_MINUTES = 10_080
/** A short window that is a little below its factor for a minute is no end. */
const END_SHARE = 0.9

/**
 * One objective, minute by minute. A burn starts when both windows of a rule are above its factor and no faster rule is
 * burning, and ends when the short one is below; a faster one that starts mutes the slower ones.
 */
export function createObjective(settings: ObjectiveSettings): ObjectiveState {
  const { target, periodMinutes, rules = BURN_RULES, badMin = BAD_MIN } = settings
  const longest = Math.max(periodMinutes, EXPECTED_MINUTES, ...rules.map(rule => rule.longMinutes))
  const sums = createSums(longest)
  const open = new Map<string, Burn>()
  let minutes = 0
  /** When a burn last ended: what a slower rule still has of it in its short window has been told. */
  let lastEnd = Number.NEGATIVE_INFINITY
  const rateOver = (length: number): { rate: number; bad: number } => {
    const { bad, total } = sums.over(length)
    const known = Math.min(minutes, EXPECTED_MINUTES)
    // The window is part of the mean: a week outweighs an hour. A window that is longer than what is known is taken to
    // go on as it began: half an hour says little of three days.
    const expected = (sums.over(known).total / Math.max(known, 1)) * length
    return { rate: burnRate(bad, total, expected, target), bad }
  }
  const left = (): number => {
    const { bad, total } = sums.over(periodMinutes)
    return budgetLeft(bad, total, target)
  }
  return {
    budgetLeft: left,
    open: () => [...open.values()],
    period: () => ({ ...sums.over(periodMinutes), budgetLeft: left() }),
    adopt(burns) {
      open.clear()
      for (const burn of burns) open.set(burn.rule.name, burn)
    },
    step(minute) {
      sums.add(minute)
      minutes++
      const changes: BurnChange[] = []
      let isMuted = false
      for (const rule of rules) {
        const long = rateOver(rule.longMinutes)
        const short = rateOver(rule.shortMinutes)
        const burning = open.get(rule.name)
        const rate = Math.min(long.rate, short.rate)
        if (burning === undefined) {
          const isOver = long.rate > rule.factor && short.rate > rule.factor && long.bad >= badMin
          const isTold = minute.time - lastEnd <= rule.shortMinutes * MINUTE_MS
          if (isOver && !isMuted && !isTold) {
            const burn = { rule, since: minute.time, until: undefined, rate, peakRate: rate }
            open.set(rule.name, burn)
            changes.push({ what: 'started', burn, budgetLeft: left() })
          }
          isMuted ||= isOver
          continue
        }
        const isOver = short.rate < rule.factor * END_SHARE
        if (isOver || isMuted) {
          open.delete(rule.name)
          if (isOver) lastEnd = minute.time
          // What was adopted may have begun later than the minutes that are looked at again.
          const burn = { ...burning, until: Math.max(minute.time, burning.since), rate }
          changes.push({ what: isMuted && !isOver ? 'muted' : 'ended', burn, budgetLeft: left() })
        } else {
          open.set(rule.name, { ...burning, rate, peakRate: Math.max(burning.peakRate, rate) })
        }
        isMuted ||= !isOver
      }
      return changes
    },
  }
}
