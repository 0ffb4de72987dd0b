const WINDOW = 6_400
const STEP = 100

/**
 * The detector that others are measured against (Ahmad and others 2017): how unlikely a value is under the normal
 * distribution of the values before it, which is fitted anew every so often.
 */
export function createWindowedGaussian(): (timeMs: number, value: number) => number {
  const window: number[] = []
  let waiting: number[] = []
  let mean = 0
  let deviation = 1
  return (_timeMs, value) => {
    const tail = window.length === 0 ? 0.5 : upperTail(Math.abs(value - mean) / deviation)
    if (window.length < WINDOW) window.push(value)
    else {
      waiting.push(value)
      if (waiting.length < STEP) return 1 - tail
      window.splice(0, STEP)
      window.push(...waiting)
      waiting = []
    }
    mean = window.reduce((sum, one) => sum + one, 0) / window.length
    deviation = Math.sqrt(window.reduce((sum, one) => sum + (one - mean) ** 2, 0) / window.length) || 1e-6
    return 1 - tail
  }
}

/** Chance that a normal variable is above z ≥ 0; error below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function upperTail(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const terms = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429]
  return (Math.exp(-x * x) * terms.reduceRight((sum, term) => (sum + term) * t, 0)) / 2
}
