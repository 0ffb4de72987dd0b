import { setImmediate, setTimeout } from 'node:timers/promises'
import type { HrTime } from '@opentelemetry/api'

/** Simulated time: whole nanoseconds since the run's start. Exact in a double up to 104 days. */
export type Nanos = number

export const MILLISECOND: Nanos = 1e6
export const SECOND: Nanos = 1e9
export const MINUTE: Nanos = 60 * SECOND

/**
 * No simulated request lasts longer, its messages included. The simulated present stays this far behind the real one,
 * so that nothing the demo sends lies in the future.
 */
export const LAG: Nanos = 15 * SECOND

/** Whole milliseconds, for times that people read: deploys, the incident. */
export function wholeMs(time: Nanos): Nanos {
  return Math.round(time / MILLISECOND) * MILLISECOND
}

/** Puts simulated time on the calendar. */
export interface Timeline {
  readonly startUnixMs: number
  hrTime(time: Nanos): HrTime
  iso(time: Nanos): string
}

/** @param startUnixMs whole milliseconds since 1970, so that every run of a seed has the same nanoseconds past it. */
export function createTimeline(startUnixMs: number): Timeline {
  const startSecond = Math.floor(startUnixMs / 1000)
  const startRest = (startUnixMs - startSecond * 1000) * MILLISECOND
  return {
    startUnixMs,
    hrTime(time) {
      const rest = startRest + time
      const seconds = Math.floor(rest / SECOND)
      return [startSecond + seconds, rest - seconds * SECOND]
    },
    iso: time => new Date(startUnixMs + time / MILLISECOND).toISOString(),
  }
}

export interface Pace {
  readonly timeline: Timeline
  /** Resolves when the run may simulate up to `time`, at once where the speed is 'as fast as possible'. */
  due(time: Nanos, signal: AbortSignal): Promise<void>
}

/**
 * Where the simulated window lies and how fast it passes. Whatever the speed, the run ends with simulated time `LAG`
 * behind the real one; at speed 1 it is so all the way.
 *
 * @param speed simulated seconds per real second, at least 1; 0 is as fast as possible.
 */
export function createPace(durationNs: Nanos, speed: number, now: () => number): Pace {
  const startedMs = now()
  const durationMs = durationNs / MILLISECOND
  const realMs = speed === 0 ? 0 : durationMs / speed
  const timeline = createTimeline(Math.floor(startedMs + realMs - durationMs - LAG / MILLISECOND))
  return {
    timeline,
    async due(time, signal) {
      const waitMs = speed === 0 ? 0 : startedMs + time / MILLISECOND / speed - now()
      if (waitMs > 0) await setTimeout(waitMs, undefined, { signal })
      // Even at full speed others get their turn: the exporters' answers, Ctrl-C.
      else await setImmediate(undefined, { signal })
    },
  }
}
