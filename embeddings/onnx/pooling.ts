import type { Pooling } from './settings.ts'

/** Vectors of a batch's tokens: `batch` × `sequence` × `width` numbers, and which of the tokens are no padding. */
export interface TokenVectors {
  readonly data: ArrayLike<number>
  readonly sequence: number
  readonly width: number
  /** Tokens of each text; they stand first, padding after them. */
  readonly lengths: readonly number[]
}

/** One vector for each text, from its own tokens alone. */
export function pool(tokens: TokenVectors, pooling: Pooling): Float32Array[] {
  return tokens.lengths.map((length, text) => POOLS[pooling](tokens, text * tokens.sequence * tokens.width, length))
}

const POOLS: Readonly<Record<Pooling, (tokens: TokenVectors, from: number, length: number) => Float32Array>> = {
  cls: (tokens, from) => tokenAt(tokens, from),
  last: (tokens, from, length) => tokenAt(tokens, from + (length - 1) * tokens.width),
  max: ({ data, width }, from, length) => {
    const vector = new Float32Array(width).fill(Number.NEGATIVE_INFINITY)
    for (let token = 0; token < length; token++) {
      for (let at = 0; at < width; at++) vector[at] = Math.max(vector[at]!, data[from + token * width + at]!)
    }
    return vector
  },
  mean: ({ data, width }, from, length) => {
    // Sums of half-precision numbers want more than half precision.
    const sums = new Float64Array(width)
    for (let token = 0; token < length; token++) {
      for (let at = 0; at < width; at++) sums[at]! += data[from + token * width + at]!
    }
    return Float32Array.from(sums, sum => sum / length)
  },
}

function tokenAt({ data, width }: TokenVectors, from: number): Float32Array {
  return Float32Array.from({ length: width }, (_, at) => data[from + at]!)
}
