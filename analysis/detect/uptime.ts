import type { SeriesMinute, Verdict } from './series.ts'
import type { DetectSettings } from './settings.ts'

const DAY_MINUTES = 1_440
/** More than half failed: whoever came in that minute calls it down. */
const DOWN_SHARE = 0.5
const UPTIME_MIN = 0.999

/**
 * Uptime over a day: the share of minutes with requests in which at least half of them went well. One bad minute is
 * below 99.9 % of fewer than a thousand; two in a row are the least that is called a breach.
 */
export function createUptime({ countMin }: DetectSettings): (minute: SeriesMinute) => Verdict {
  const days: boolean[] = []
  let down = 0
  let row = 0
  return ({ time, count, errors }) => {
    const isKnown = count >= countMin
    const isDown = isKnown && errors / count > DOWN_SHARE
    if (isKnown) {
      days.push(isDown)
      if (isDown) down++
      if (days.length > DAY_MINUTES && days.shift()) down--
      row = isDown ? row + 1 : 0
    }
    const seen = days.length === 0 ? 1 : 1 - down / days.length
    const isAnomalous = row >= 2 && seen < UPTIME_MIN
    return {
      time,
      isAnomalous,
      isOff: isDown,
      isOffNow: isDown,
      isBlank: !isKnown,
      chance: isAnomalous ? 0 : 1,
      seen,
      now: seen,
      expected: UPTIME_MIN,
      minutes: Math.max(1, row),
      type: 'sla_breach',
    }
  }
}
