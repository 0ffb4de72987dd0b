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
