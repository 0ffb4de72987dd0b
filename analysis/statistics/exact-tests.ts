import { logChoose } from './log-factorial.ts'

/** Terms that are so much smaller than the sum change no digit of it. */
const NEGLIGIBLE = 1e-17

/**
 * One-sided exact test of a 2×2 table (Fisher 1922): how likely it is that, of `first` and `second` units of which
 * `firstHas + secondHas` have a trait, at least `firstHas` of the first have it, were it dealt out by chance.
 */
export function fisherGreater(firstHas: number, first: number, secondHas: number, second: number): number {
  const has = firstHas + secondHas
  const most = Math.min(has, first)
  const all = logChoose(first + second, has)
  let sum = 0
  for (let k = firstHas; k <= most; k++) {
    const term = Math.exp(logChoose(first, k) + logChoose(second, has - k) - all)
    sum += term
    if (term < sum * NEGLIGIBLE) break
  }
  return Math.min(1, sum)
}

/** P(X ≥ k) of a binomial distribution: n draws, each a success with probability p. */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0 || p >= 1) return 1
  if (p <= 0) return 0
  const [logP, logQ] = [Math.log(p), Math.log1p(-p)]
  let sum = 0
  for (let i = k; i <= n; i++) {
    const term = Math.exp(logChoose(n, i) + i * logP + (n - i) * logQ)
    sum += term
    if (term < sum * NEGLIGIBLE && i > n * p) break
  }
  return Math.min(1, sum)
}

/**
 * P values corrected for how many were asked, in the order given (Benjamini & Hochberg 1995): where all with a
 * corrected value of at most q are believed, a share of q of them is chance. It holds for tests that are related as
 * attributes are (positive regression dependency: Benjamini & Yekutieli 2001).
 *
 * @param asked more than there are values where others were tested and left out because they were not small.
 */
export function benjaminiHochberg(values: readonly number[], asked = values.length): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const corrected = values.map(() => 1)
  let least = 1
  for (let rank = order.length; rank >= 1; rank--) {
    const i = order[rank - 1]!
    least = Math.min(least, values[i]! * (Math.max(asked, values.length) / rank))
    corrected[i] = least
  }
  return corrected
}
