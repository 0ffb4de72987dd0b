import type { Entry } from './page.ts'

/** Shifts at most a second apart and within five are one burst (web.dev/articles/cls). */
const BURST_GAP_MS = 1_000
const BURST_MS = 5_000

/** Cumulative layout shift: the sum of the worst burst. */
export function createLayoutShift() {
  let worst = 0
  let sum = 0
  let startMs = 0
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    add({ startTime, value = 0, hadRecentInput }: Entry): void {
      if (hadRecentInput) return
      if (startTime - lastMs >= BURST_GAP_MS || startTime - startMs >= BURST_MS) [sum, startMs] = [0, startTime]
      sum += value
      lastMs = startTime
      worst = Math.max(worst, sum)
    },
    score: () => worst,
  }
}

/** One outlier in fifty interactions is left out, so ten suffice for five hundred (web.dev/articles/inp). */
const SLOWEST_KEPT = 10
const INTERACTIONS_PER_OUTLIER = 50

/** Interaction to next paint: the slowest interaction, or near it where there were many. */
export function createInp() {
  const slowest = new Map<number, number>()
  const seen = { count: 0, lastId: 0 }
  return {
    add({ interactionId = 0, duration }: Entry): void {
      if (interactionId === 0) return
      // Ids grow; an interaction's events come together.
      if (interactionId > seen.lastId) seen.count += 1
      seen.lastId = Math.max(seen.lastId, interactionId)
      slowest.set(interactionId, Math.max(duration, slowest.get(interactionId) ?? 0))
      if (slowest.size <= SLOWEST_KEPT) return
      const [fastestId] = [...slowest].reduce((a, b) => (b[1] < a[1] ? b : a))
      slowest.delete(fastestId)
    },
    score(): number | undefined {
      const durations = [...slowest.values()].sort((a, b) => b - a)
      return durations[Math.min(durations.length - 1, Math.floor(seen.count / INTERACTIONS_PER_OUTLIER))]
    },
  }
}
