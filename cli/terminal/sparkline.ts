const BARS = '▁▂▃▄▅▆▇█'

/** A bar for each value, from nothing to the highest; a gap where there is no value. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const highest = Math.max(...values.map(value => value ?? 0))
  return values
    .map(value => {
      if (value === undefined) return ' '
      return BARS[highest <= 0 ? 0 : Math.min(BARS.length - 1, Math.floor((value / highest) * BARS.length))]
    })
    .join('')
}
