import { createSortedWindow } from './sorted-window.ts'

export interface SurpriseOptions {
  readonly window: number
  /** The share of the largest statistics whose mean is what counts as usual. */
  readonly tail: number
  /** What is left of a peak, a value later. */
  readonly decay: number
  /** The first statistics: so many are not remembered, for everything is new at first. */
  readonly ignored: number
  /** Before so many there is no verdict. */
  readonly learning: number
}

/** Smaller statistics are rounding errors: values were brought to a scale of about 1 before. */
const NOTHING = 1e-6

/**
 * Makes any statistic that grows with strangeness comparable from series to series: its ratio to the largest that the
 * series is used to. Above 1 it is stranger than the mean of the strangest few, and stranger than the last peak, which
 * fades: so an episode stands out at its start and not for as long as it lasts, and a series that is wild by nature
 * raises its own bar.
 */
export function createSurprise(options: SurpriseOptions): (statistic: number) => number {
  const seen = createSortedWindow(options.window)
  let peak = 0
  let count = 0
  return statistic => {
    const usual = Math.max(peak, seen.tailMean(options.tail), NOTHING)
    const surprise = count < options.learning ? 0 : statistic / usual
    if (count >= options.ignored) {
      seen.add(statistic)
      peak = Math.max(statistic, peak * options.decay)
    }
    count++
    return surprise
  }
}
