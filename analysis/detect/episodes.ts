import { type AnomalyType, MINUTE_MS, type Verdict } from './series.ts'
import type { DetectSettings } from './settings.ts'

/** One time that something is unusual: one anomaly, however many minutes it lasts. Times in ms since 1970. */
export interface Episode {
  readonly start: number
  /** The minute in which it was known, or known to have begun again. */
  readonly foundAt: number
  readonly peak: number
  readonly peakValue: number
  readonly end: number | undefined
  readonly type: AnomalyType
  readonly seen: number
  readonly expected: number
  readonly chance: number
  /** It is not over: it has become usual. */
  readonly isAccepted: boolean
  /** How often it had begun again after it had seemed over. */
  readonly again: number
}

export type EpisodeChange = { readonly what: 'started' | 'ended' | 'grew' | 'again'; readonly episode: Episode }

export interface Episodes {
  /** @param restartAge minutes since the release changed, where it has just done so: one bad minute is not enough. */
  step(verdict: Verdict, restartAge: number | undefined): EpisodeChange | undefined
  current(): Episode | undefined
  /** What is going on is known as this one: another process began it. */
  adopt(known: Episode): void
}

/** States: quiet → (anomalous) → on → (usual for clearMinutes) → quiet, which an early return takes back to on. */
export function createEpisodes(settings: DetectSettings): Episodes {
  let episode: Episode | undefined
  let usualMinutes = 0
  let blankMinutes = 0
  let badBefore = 0
  let raisedBefore = false
  const isOn = (): boolean => episode !== undefined && episode.end === undefined
  return {
    current: () => (isOn() ? episode : undefined),
    adopt(known) {
      episode = known
      usualMinutes = 0
      blankMinutes = 0
    },
    step(verdict, restartAge) {
      const isConfirmed = restartAge === undefined || goesOn(verdict, { badBefore, raisedBefore, restartAge })
      badBefore = verdict.isOff || verdict.isAnomalous ? badBefore + 1 : 0
      raisedBefore = verdict.isRaised ?? false
      if (!isOn()) {
        if (!verdict.isAnomalous || !isConfirmed) return undefined
        usualMinutes = 0
        blankMinutes = 0
        const isAgain =
          episode?.end !== undefined &&
          verdict.time - episode.end <= settings.againMinutes * MINUTE_MS &&
          !episode.isAccepted
        episode = isAgain
          ? { ...episode!, foundAt: verdict.time, end: undefined, again: episode!.again + 1 }
          : begin(verdict)
        return { what: isAgain ? 'again' : 'started', episode }
      }
      return goOn(verdict)
    },
  }

  function goOn(verdict: Verdict): EpisodeChange | undefined {
    const now = episode!
    if (verdict.isBlank) blankMinutes++
    else {
      blankMinutes = 0
      usualMinutes = verdict.isOff ? 0 : usualMinutes + 1
    }
    // Nobody asks any more: whether it would fail cannot be known, but where it had begun to be as usual.
    const isOver =
      usualMinutes + (usualMinutes >= settings.clearMinutes / 2 ? blankMinutes : 0) >= settings.clearMinutes ||
      blankMinutes >= 3 * settings.clearMinutes
    const isAccepted = !isOver && verdict.time - now.start >= settings.acceptMinutes * MINUTE_MS
    if (isOver || isAccepted) {
      const quiet = isAccepted ? 0 : usualMinutes + blankMinutes
      episode = { ...now, end: Math.max(now.start + MINUTE_MS, verdict.time - (quiet - 1) * MINUTE_MS), isAccepted }
      return { what: 'ended', episode }
    }
    if (verdict.isBlank || !isWorse(verdict, now)) return undefined
    episode = { ...now, peak: verdict.time, peakValue: verdict.now, chance: Math.min(now.chance, verdict.chance) }
    return { what: 'grew', episode }
  }
}

interface Before {
  readonly badBefore: number
  readonly raisedBefore: boolean
  readonly restartAge: number
}

/**
 * Instances that come up fail for some seconds: not in two minutes on end, and not for most requests of the one after.
 * Of the minute in which the release came, some seconds may be all that is bad: it need only look like it.
 */
function goesOn({ isOffNow, badShare = 0 }: Verdict, { badBefore, raisedBefore, restartAge }: Before): boolean {
  return isOffNow && (badBefore > 0 || (restartAge > 0 && (raisedBefore || badShare >= 0.5)))
}

function begin(verdict: Verdict): Episode {
  const { time, minutes, type, seen, now, expected, chance } = verdict
  return {
    start: time - (minutes - 1) * MINUTE_MS,
    foundAt: time,
    peak: time,
    peakValue: Math.abs(now - expected) > Math.abs(seen - expected) ? now : seen,
    end: undefined,
    type,
    seen,
    expected,
    chance,
    isAccepted: false,
    again: 0,
  }
}

function isWorse({ now, isOff }: Verdict, { peakValue, expected }: Episode): boolean {
  return isOff && Math.abs(now - expected) > Math.abs(peakValue - expected)
}
