/** The last values of a series, in order of size: exact quantiles and tails in bounded memory. */
export interface SortedWindow {
  readonly size: () => number
  /** Takes a value in and, once full, lets the oldest one go. */
  readonly add: (value: number) => void
  /** 0 for an empty window. */
  readonly quantile: (share: number) => number
  /** Mean of the greatest values, `share` of them, at least one: the expected shortfall (Acerbi and Tasche 2002). */
  readonly tailMean: (share: number) => number
}

/**
 * One array in order of size, and one in order of time to know who leaves. A value costs two binary searches and two
 * moves of at most `capacity` numbers, which at a few thousand is faster than any tree.
 */
export function createSortedWindow(capacity: number): SortedWindow {
  const sorted = new Float64Array(capacity + 1)
  const arrivals = new Float64Array(capacity)
  let size = 0
  let next = 0

  const placeOf = (value: number): number => {
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    size: () => size,
    add: value => {
      if (size === capacity) {
        const leaving = placeOf(arrivals[next]!)
        sorted.copyWithin(leaving, leaving + 1, size)
        size--
      }
      const place = placeOf(value)
      sorted.copyWithin(place + 1, place, size)
      sorted[place] = value
      size++
      arrivals[next] = value
      next = (next + 1) % capacity
    },
    quantile: share => (size === 0 ? 0 : sorted[Math.min(size - 1, Math.floor(share * size))]!),
    tailMean: share => {
      if (size === 0) return 0
      const count = Math.max(1, Math.ceil(size * share))
      let sum = 0
      for (let i = size - count; i < size; i++) sum += sorted[i]!
      return sum / count
    },
  }
}
