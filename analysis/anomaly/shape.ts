/** What the end of a series looks like: one number or two for each length of time, in the order of the lengths. */
export interface Shape {
  readonly dimensions: number
  /** The same array each time, filled anew. */
  readonly push: (value: number) => Float64Array
}

/** Below so many values a spread says nothing that the means do not. */
const SPREAD_MIN_LENGTH = 5

/**
 * Means over the last values, for several lengths at once, and for the longer ones the standard deviation as well. A
 * spike, a step, a drift, a flat line, a change of variance and a missing season all move some of them. A length that
 * is not reached yet is what there is so far.
 */
export function createShape(lengths: readonly number[]): Shape {
  const ring = new Float64Array(Math.max(...lengths))
  const dimensions = lengths.length + lengths.filter(length => length >= SPREAD_MIN_LENGTH).length
  const shape = new Float64Array(dimensions)
  let count = 0

  return {
    dimensions,
    push: value => {
      ring[count % ring.length] = value
      count++
      let place = 0
      for (const length of lengths) {
        // Summed anew: a running sum would gather rounding errors for as long as the series lasts.
        const filled = Math.min(length, count)
        let sum = 0
        let squares = 0
        for (let back = 1; back <= filled; back++) {
          const past = ring[(count - back) % ring.length]!
          sum += past
          squares += past * past
        }
        const mean = sum / filled
        shape[place++] = mean
        if (length >= SPREAD_MIN_LENGTH) shape[place++] = Math.sqrt(Math.max(0, squares / filled - mean * mean))
      }
      return shape
    },
  }
}
