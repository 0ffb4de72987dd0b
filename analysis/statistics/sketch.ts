/**
 * A sketch of a distribution from which any quantile can be read within 1 % of its value, and which merges by adding:
 * DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019), with buckets that
 * grow by 2^(1/35), so that the middle of a bucket is at most 0.991 % from any value in it. The same in SQL:
 * sql/migrations/0060_red.sql.
 */
export type Sketch = readonly SketchEntry[]
/** How many values are in a bucket. Entries of one bucket may stand apart: they count together. */
export type SketchEntry = readonly [bucket: number, count: number]

const BUCKETS_PER_OCTAVE = 35
const GROWTH = 2 ** (1 / BUCKETS_PER_OCTAVE)
/** Times the upper end of a bucket: the value that is as far, relatively, from both ends. */
const MIDDLE = 2 / (1 + GROWTH)

/** Where zero is, what is below it, and what is too small to be told from it: under 10^-9. */
export const ZERO_BUCKET = -1_100
const SMALLEST_BUCKET = -1_050
/** 2^43: as milliseconds, 280 years. */
const LARGEST_BUCKET = 1_505

/** The bucket of a value: bucket b holds what is above 2^((b-1)/35) and not above 2^(b/35). */
export function bucketOf(value: number): number {
  if (!(value > 0)) return ZERO_BUCKET
  const bucket = Math.ceil(Math.log2(value) * BUCKETS_PER_OCTAVE)
  if (bucket < SMALLEST_BUCKET) return ZERO_BUCKET
  return bucket > LARGEST_BUCKET ? LARGEST_BUCKET : bucket
}

/** What stands for all values of a bucket. */
export function bucketValue(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : GROWTH ** bucket * MIDDLE
}

export function sketchOf(values: Iterable<number>): Sketch {
  return compact([...values].map(value => [bucketOf(value), 1]))
}

/** Merging is putting one after the other. */
export function merged(...sketches: readonly Sketch[]): Sketch {
  return compact(sketches.flat())
}

/** Each bucket once, in order, without those that came to nothing. */
export function compact(sketch: Sketch): Sketch {
  const counts = new Map<number, number>()
  for (const [bucket, count] of sketch) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b)
}

export function countOf(sketch: Sketch): number {
  return sketch.reduce((sum, [, count]) => sum + count, 0)
}

/**
 * The quantile `q` of 0 to 1 as SQL's percentile_cont takes it, between the two values that it falls between; null of
 * nothing. Each of the two is within 1 %, and so is what lies between them.
 */
export function quantileOf(sketch: Sketch, q: number): number | null {
  const sorted = compact(sketch)
  const total = countOf(sorted)
  if (total <= 0) return null
  const rank = q * (total - 1)
  const low = valueAt(sorted, Math.floor(rank))
  return low + (valueAt(sorted, Math.ceil(rank)) - low) * (rank - Math.floor(rank))
}

function valueAt(sorted: Sketch, rank: number): number {
  let passed = 0
  for (const [bucket, count] of sorted) {
    passed += count
    if (passed > rank) return bucketValue(bucket)
  }
  return 0
}

/** How many values are not above `value`, those of its own bucket counted as such. */
export function countUpTo(sketch: Sketch, value: number): number {
  const last = bucketOf(value)
  return sketch.reduce((sum, [bucket, count]) => (bucket <= last ? sum + count : sum), 0)
}
