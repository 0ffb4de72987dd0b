/**
 * Colours with a meaning, the same on every dashboard. Those of Okabe and Ito, which people who see red and green alike
 * tell apart; good is blue, not green, and what is bad differs in lightness, too. Blue is lighter and orange and vermilion
 * are darker than theirs: Grafana writes on them in white, and with them on white and on black.
 */
export const GOOD = '#2F86C9'
export const WATCH = '#CC8A00'
export const BAD = '#C44E00'
export const NEUTRAL = '#7F7F7F'
export const CHANGE = '#CC79A7'

/**
 * Lines of which nobody knows how many come and what they are called, services above all: Grafana's palette for people who
 * see colours differently, which it has since 13.0 and the SDK does not name yet.
 */
export const ANY_LINES = 'palette-colorblind'

/** Lines that are known by name, by what they say; of one panel all differ in lightness as well. */
export const OF_BUILDS = { success: GOOD, failure: BAD, in_progress: '#9CCBEF', cancelled: NEUTRAL } as const
export const OF_RECORDS = { stored: GOOD, deduplicated: '#9CCBEF', dropped: WATCH, rejected: BAD } as const
export const OF_REPORTS = { health: GOOD, connection_degraded: WATCH, error: '#E8A5C8', crash_report: BAD } as const
export const OF_PROPOSALS = { merged: GOOD, open: '#9CCBEF', rejected: NEUTRAL, failed_validation: BAD } as const
/** Where tests ran is no judgement. */
export const PLACES = { ci: '#2F86C9', local: '#CC8A00' } as const

/** Durations: the further out, the darker. */
export const QUANTILES = { p50: '#56B4E9', p95: '#0072B2', p99: '#004163' } as const

export interface Step {
  readonly from: number
  readonly colour: string
}

/** Shares of failed requests, in percent. */
export const ERROR_STEPS: readonly Step[] = [
  { from: 1, colour: WATCH },
  { from: 5, colour: BAD },
]
