/** Rounding to single precision leaves a vector of length one about this far from it, squared. */
const ROUNDING = 1e-6

/**
 * Scales `vector` in place to Euclidean length one and returns it. The zero vector stays as it is, and so does one of
 * length one: what came over the wire is what was sent, to the last bit.
 */
export function toUnitLength(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  if (sum === 0 || Math.abs(sum - 1) < ROUNDING) return vector
  const factor = 1 / Math.sqrt(sum)
  for (let at = 0; at < vector.length; at++) vector[at]! *= factor
  return vector
}
