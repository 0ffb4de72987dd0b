/** A place in a series where its level changes for good. */
export interface ChangePoint {
  /** The first value of the new level. */
  readonly index: number
  /** Medians of the stretches on both sides, up to the next change. */
  readonly before: number
  readonly after: number
  /** How likely chance alone makes such a change. */
  readonly chance: number
}

export interface ChangePointOptions {
  /** Changes that chance makes more often than this are not told. */
  readonly chanceMax?: number
  /** A level lasts for at least so many values. */
  readonly lengthMin?: number
  /** Levels differ at least by this factor: what is less is true, perhaps, and of no interest. */
  readonly factorMin?: number
}

/** Longer series are thinned out evenly: ranks cost a sort for each stretch that is looked at. */
const VALUES_MAX = 2_000
const DECAY = Math.SQRT1_2

/**
 * Where the level of a series changes: Pettitt's rank test (1979), which no outlier moves, applied to seeded intervals
 * (Kovács et al., "Seeded binary segmentation", 2023), so that a rise that goes back is found as well as one that
 * stays. In order of the series. Takes any numbers that can be ordered, such as durations in order of time.
 */
export function changePoints(
  values: readonly number[],
  { chanceMax = 1e-4, lengthMin = 8, factorMin = 1.25 }: ChangePointOptions = {},
): ChangePoint[] {
  const step = Math.max(1, values.length / VALUES_MAX)
  const series = step === 1 ? values : Array.from({ length: VALUES_MAX }, (_, i) => values[Math.floor(i * step)]!)
  const found: Split[] = []
  const look = (from: number, to: number): void => {
    if (to - from < 2 * lengthMin) return
    let best: Split | undefined
    for (const [start, end] of [[from, to] as const, ...seeded(from, to, 2 * lengthMin)]) {
      const split = pettitt(series, start, end, lengthMin)
      if (split !== undefined && (best === undefined || split.chance < best.chance)) best = split
    }
    if (best === undefined || best.chance > chanceMax) return
    found.push(best)
    look(from, best.index)
    look(best.index, to)
  }
  look(0, series.length)
  return levels(
    series,
    found.sort((a, b) => a.index - b.index),
    factorMin,
  ).map(point => ({
    ...point,
    index: Math.floor(point.index * step),
  }))
}

interface Split {
  readonly index: number
  readonly chance: number
}

/** Intervals of shrinking length that overlap by half: a change that is short is alone in one of them. */
function seeded(from: number, to: number, shortest: number): (readonly [number, number])[] {
  const intervals: (readonly [number, number])[] = []
  const length = to - from
  for (let size = length * DECAY; size >= shortest; size *= DECAY) {
    const count = 2 * Math.ceil(length / size) - 1
    for (let i = 0; i < count; i++) {
      const start = from + Math.floor((i * (length - size)) / Math.max(1, count - 1))
      intervals.push([start, Math.min(to, start + Math.ceil(size))])
    }
  }
  return intervals
}

/** The most unlikely split of a stretch: its rank statistic K and p ≈ 2·exp(−6K² / (n³ + n²)). */
function pettitt(series: readonly number[], from: number, to: number, lengthMin: number): Split | undefined {
  const n = to - from
  const ranks = ranksOf(series.slice(from, to))
  let [sum, most, index] = [0, 0, -1]
  for (let i = 0; i < n - lengthMin; i++) {
    sum += ranks[i]!
    const u = Math.abs(2 * sum - (i + 1) * (n + 1))
    if (i + 1 >= lengthMin && u > most) {
      most = u
      index = from + i + 1
    }
  }
  if (index < 0) return undefined
  return { index, chance: Math.min(1, 2 * Math.exp((-6 * most * most) / (n ** 3 + n ** 2))) }
}

/** 1 for the smallest; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const ranks = values.map(() => 0)
  for (let i = 0; i < order.length; ) {
    let j = i
    while (j < order.length && values[order[j]!] === values[order[i]!]) j++
    for (let k = i; k < j; k++) ranks[order[k]!] = (i + j + 1) / 2
    i = j
  }
  return ranks
}

/** Medians around each split; splits between levels that hardly differ are taken out again, the weakest first. */
function levels(series: readonly number[], splits: readonly Split[], factorMin: number): ChangePoint[] {
  const bounds = [0, ...splits.map(({ index }) => index), series.length]
  const points = splits.map(({ index, chance }, i) => ({
    index,
    chance,
    before: median(series.slice(bounds[i]!, index)),
    after: median(series.slice(index, bounds[i + 2]!)),
  }))
  const weak = points
    .filter(({ before, after }) => factorOf(before, after) < factorMin)
    .sort((a, b) => factorOf(a.before, a.after) - factorOf(b.before, b.after))[0]
  if (weak === undefined) return points
  return levels(
    series,
    splits.filter(({ index }) => index !== weak.index),
    factorMin,
  )
}

function factorOf(before: number, after: number): number {
  if (before === after) return 1
  const [low, high] = before < after ? [before, after] : [after, before]
  return low <= 0 ? Number.POSITIVE_INFINITY : high / low
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2
}
