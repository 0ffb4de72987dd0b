import type { Durations, SeriesMinute } from '../series.ts'

/** Numbers in [0, 1) that a seed fixes (mulberry32, Tommy Ettinger). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function poisson(random: () => number, mean: number): number {
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  let [k, p] = [0, random()]
  const limit = Math.exp(-mean)
  while (p > limit) {
    k++
    p *= random()
  }
  return k
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

export function durationsOf(values: readonly number[]): Durations {
  return {
    count: values.length,
    above: ms => values.filter(value => value > ms).length,
    buckets: () => values.map(value => [Number(value.toPrecision(2)), 1] as const),
  }
}

export interface Shape {
  /** Requests a minute. */
  readonly rate: number
  readonly errorRate: number
  /** Median and spread of a lognormal, ms. */
  readonly medianMs: number
  readonly spread?: number
}

export const START = Date.UTC(2026, 2, 2)

/** One minute of a service, as chance has it. */
export function minuteOf(random: () => number, minute: number, shape: Shape): SeriesMinute {
  const { rate, errorRate, medianMs, spread = 0.5 } = shape
  const count = poisson(random, rate)
  let errors = 0
  for (let i = 0; i < count; i++) if (random() < errorRate) errors++
  const values = Array.from({ length: count }, () => medianMs * Math.exp(spread * normal(random)))
  return { time: START + minute * 60_000, count, errors, durations: durationsOf(values) }
}
