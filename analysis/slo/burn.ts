/** Events of one minute that an objective counts. */
export interface MinuteOfEvents {
  /** Start of the minute, ms since 1970. */
  readonly time: number
  readonly total: number
  readonly bad: number
}

/** One rule: a budget that burns so fast over a long and a short window at once. */
export interface BurnRule {
  readonly name: string
  readonly severity: 'critical' | 'error' | 'warning'
  /** How many times faster than the budget lasts for its whole period. */
  readonly factor: number
  readonly longMinutes: number
  /** Ends the alert soon after the trouble does. */
  readonly shortMinutes: number
}

/** The rules of the workbook on site reliability ("Alerting on SLOs", table 5-8, 2018), fastest first. */
export const BURN_RULES: readonly BurnRule[] = [
  { name: 'fast', severity: 'critical', factor: 14.4, longMinutes: 60, shortMinutes: 5 },
  { name: 'medium', severity: 'error', factor: 6, longMinutes: 360, shortMinutes: 30 },
  { name: 'slow', severity: 'warning', factor: 3, longMinutes: 1_440, shortMinutes: 120 },
  { name: 'creeping', severity: 'warning', factor: 1, longMinutes: 4_320, shortMinutes: 360 },
]

/**
 * How many times too fast the budget burns in a window. Bad events are divided by the events that are *expected* there,
 * where fewer came: one failure among two requests at night is no outage.
 */
export function burnRate(bad: number, total: number, expected: number, target: number): number {
  const events = Math.max(total, expected)
  return events === 0 ? 0 : bad / events / (1 - target)
}

export interface Sums {
  add(minute: MinuteOfEvents): void
  /** Over the last so many minutes, the newest included. */
  over(minutes: number): { readonly total: number; readonly bad: number }
}

/** Sums over the last minutes: a ring, so that an objective costs the same at each minute, whatever its period. */
export function createSums(minutesMax: number): Sums {
  const total = new Float64Array(minutesMax + 1)
  const bad = new Float64Array(minutesMax + 1)
  let [count, allTotal, allBad] = [0, 0, 0]
  const size = minutesMax + 1
  total[0] = 0
  bad[0] = 0
  return {
    add(minute) {
      allTotal += minute.total
      allBad += minute.bad
      count++
      total[count % size] = allTotal
      bad[count % size] = allBad
    },
    over(minutes) {
      const back = Math.min(minutes, count, minutesMax)
      const at = (count - back) % size
      return { total: allTotal - total[at]!, bad: allBad - bad[at]! }
    },
  }
}

/** Share of the error budget that is left over a period: 1 untouched, 0 used up, negative overspent. */
export function budgetLeft(bad: number, total: number, target: number): number {
  const allowed = total * (1 - target)
  return allowed === 0 ? (bad === 0 ? 1 : Number.NEGATIVE_INFINITY) : 1 - bad / allowed
}
