import { createSortedWindow } from './sorted-window.ts'

/**
 * Brings values of any unit to one scale: the distance from the median in half inter-decile ranges, both of the window,
 * compressed by asinh, which is linear near the median and logarithmic far from it, so that a burst ten times as high is
 * further away but does not make everything else look alike. No outlier moves it (Hampel 1974). Shift and scale of the
 * series are without effect.
 */
export function createScale(window: number): (value: number) => number {
  const seen = createSortedWindow(window)
  return value => {
    seen.add(value)
    // Mostly constant series have no inter-decile range: the few values that differ give the scale then.
    const spread =
      half(seen.quantile(0.9), seen.quantile(0.1)) ||
      half(seen.quantile(0.99), seen.quantile(0.01)) ||
      2 * half(seen.quantile(1), seen.quantile(0))
    return spread === 0 ? 0 : Math.asinh(finite((value - seen.quantile(0.5)) / spread))
  }
}

/** A distance past the largest number is as far as the largest number is. */
function finite(distance: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(distance, Number.MAX_VALUE))
}

/** Halved before the difference is taken, so that the largest numbers there are do not overflow. */
function half(high: number, low: number): number {
  return high / 2 - low / 2
}
