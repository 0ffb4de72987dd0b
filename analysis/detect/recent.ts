/** One minute as trials of which some are bad: requests and errors, requests and slow ones. */
export interface Trials {
  readonly time: number
  readonly count: number
  readonly bad: number
}

export interface Usual {
  readonly minutes: number
  readonly count: number
  readonly bad: number
  /** Share of the bad ones, never quite 0 or 1: what was not seen yet can still be. */
  readonly share: number
  /** How much more the bad ones of a minute scatter than independent ones would; 1 at least. */
  readonly badDispersion: number
  /** The same of all: arrivals come in bursts. */
  readonly countDispersion: number
}

/** Before much is known, minutes are taken to scatter somewhat more than independent events would. */
const PRIOR_DISPERSION = 1.2
const PRIOR_MINUTES = 10
const DISPERSION_MAX = 50

export interface Recent {
  add(trials: Trials): void
  usual(): Usual
  clear(): void
}

/** The last minutes that were as usual, in bounded memory. What they add up to is kept, so asking costs next to nothing. */
export function createRecent(minutesMax: number): Recent {
  const minutes: Trials[] = []
  let known: Usual | undefined
  return {
    add(trials) {
      minutes.push(trials)
      if (minutes.length > minutesMax) minutes.shift()
      known = undefined
    },
    usual() {
      known ??= usualOf(minutes)
      return known
    },
    clear() {
      minutes.length = 0
      known = undefined
    },
  }
}

function usualOf(minutes: readonly Trials[]): Usual {
  let [count, bad] = [0, 0]
  for (const minute of minutes) {
    count += minute.count
    bad += minute.bad
  }
  const share = (bad + 0.5) / (count + 1)
  const mean = count / (minutes.length || 1)
  let [badSquares, badMinutes, countSquares] = [0, 0, 0]
  for (const minute of minutes) {
    countSquares += (minute.count - mean) ** 2 / (mean || 1)
    if (minute.count === 0) continue
    badMinutes++
    badSquares += (minute.bad - minute.count * share) ** 2 / (minute.count * share * (1 - share))
  }
  return {
    minutes: minutes.length,
    count,
    bad,
    share,
    badDispersion: dispersion(badSquares, badMinutes),
    countDispersion: dispersion(countSquares, minutes.length),
  }
}

/** Pearson's statistic by its degrees of freedom (McCullagh and Nelder 1989, 4.5), drawn towards the prior while few. */
function dispersion(squares: number, minutes: number): number {
  const mean = (squares + PRIOR_MINUTES * PRIOR_DISPERSION) / (minutes + PRIOR_MINUTES)
  return Math.min(DISPERSION_MAX, Math.max(1, mean))
}
