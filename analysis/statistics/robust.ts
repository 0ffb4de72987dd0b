/** Makes the median absolute deviation of a normal distribution its standard deviation (Hampel 1974). */
const MAD_TO_SIGMA = 1.4826

/** Linear between the two nearest ranks (type 7 of Hyndman and Fan 1996); NaN of nothing. */
export function quantileOf(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at))
}

export interface RobustLevel {
  readonly median: number
  /** As a standard deviation of a normal distribution; 0 where more than half of the values are equal. */
  readonly sigma: number
  readonly p95: number
  readonly count: number
}

/** The level of values of which up to half may be anything. */
export function robustLevel(values: readonly number[]): RobustLevel {
  const median = quantileOf(values, 0.5)
  const deviations = values.map(value => Math.abs(value - median))
  return {
    median,
    sigma: MAD_TO_SIGMA * quantileOf(deviations, 0.5),
    p95: quantileOf(values, 0.95),
    count: values.length,
  }
}

/**
 * How many standard deviations a value is from the level. `least` is the smallest deviation that anybody would call
 * one: a series that never moved would else be infinitely surprised by its last digit.
 */
export function robustZ(value: number, { median, sigma }: RobustLevel, least: number): number {
  return (value - median) / Math.max(sigma, least, Number.MIN_VALUE)
}
