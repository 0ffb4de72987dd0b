import { binomialAtLeast, fisherGreater } from '../statistics/exact-tests.ts'

/**
 * How likely as many bad ones are among so many, where `usualBad` of `usual` were bad before. Exact for few and for
 * short histories (Fisher 1922). What scatters more than independent events is taken as that many fewer of them
 * (quasi-likelihood, Wedderburn 1974).
 */
export function moreBadChance(bad: number, count: number, usualBad: number, usual: number, dispersion: number): number {
  const k = Math.floor(bad / dispersion)
  if (k === 0) return 1
  const n = Math.max(k, Math.ceil(count / dispersion))
  const before = Math.ceil(usualBad / dispersion)
  return fisherGreater(k, n, before, Math.max(before, Math.floor(usual / dispersion)))
}

/** How likely at least as many are in `minutes`, where `usual` came in `usualMinutes`: given both, a share of a binomial. */
export function moreChance(
  count: number,
  minutes: number,
  usual: number,
  usualMinutes: number,
  dispersion: number,
): number {
  const k = Math.floor(count / dispersion)
  const all = k + Math.ceil(usual / dispersion)
  return binomialAtLeast(k, all, minutes / (minutes + usualMinutes))
}

/** How likely no more than so many are in `minutes`. */
export function fewerChance(
  count: number,
  minutes: number,
  usual: number,
  usualMinutes: number,
  dispersion: number,
): number {
  const k = Math.ceil(count / dispersion)
  const all = k + Math.floor(usual / dispersion)
  return binomialAtLeast(all - k, all, usualMinutes / (minutes + usualMinutes))
}
