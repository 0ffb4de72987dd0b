import { quantileOf } from '../statistics/robust.ts'

/** One minute as trials of which some are bad: requests and errors, requests and slow ones. */
export interface Trials {
  readonly time: number
  readonly count: number
  readonly bad: number
}

export interface Usual {
  readonly minutes: number
  /** Of all minutes; `count` and `bad` are without those that stand out. */
  readonly all: number
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

/** How many there were, good and bad alike. */
export type UsualCount = Pick<Usual, 'minutes' | 'all' | 'countDispersion'>

export interface Recent {
  add(trials: Trials): void
  usual(): Usual
  /** Of thousands of series each minute: sums that are kept up, where `usual` goes through all minutes. */
  usualCount(): UsualCount
  clear(): void
}

/** The last minutes that were as usual, in bounded memory. What they add up to is kept, so asking costs next to nothing. */
export function createRecent(minutesMax: number): Recent {
  const minutes: Trials[] = []
  let known: Usual | undefined
  let [all, squares] = [0, 0]
  const count = ({ count }: Trials, sign: 1 | -1) => {
    all += sign * count
    squares += sign * count * count
  }
  const usualCount = (): UsualCount => {
    const mean = all / (minutes.length || 1)
    const countSquares = Math.max(0, squares - all * mean) / (mean || 1)
    return { minutes: minutes.length, all, countDispersion: dispersion(countSquares, minutes.length) }
  }
  return {
    add(trials) {
      minutes.push(trials)
      count(trials, 1)
      if (minutes.length > minutesMax) count(minutes.shift()!, -1)
      known = undefined
    },
    usual() {
      known ??= { ...usualCount(), ...usualOf(minutes) }
      return known
    },
    usualCount,
    clear() {
      minutes.length = 0
      all = 0
      squares = 0
      known = undefined
    },
  }
}

function usualOf(minutes: readonly Trials[]): Omit<Usual, keyof UsualCount> {
  // A passing trouble that nobody noticed, or while too little was known, is not what is usual.
  const blocks = blocksOf(minutes)
  const median = quantileOf(
    blocks.map(({ bad, count }) => bad / count),
    0.5,
  )
  const typical = Math.max(0.5 / BLOCK_REQUESTS, Math.min(sumOf(blocks).share, 2 * median + 1 / BLOCK_REQUESTS))
  const kept = blocks.filter(block => residual(block, typical) <= OUTLIER)
  const ordinary = blocks.length >= BLOCKS_MIN && kept.length >= blocks.length * KEPT_MIN ? kept : blocks
  const { bad, count, share } = sumOf(ordinary)
  const badSquares = ordinary.reduce((sum, minute) => sum + residual(minute, share) ** 2, 0)
  return {
    count,
    bad,
    share,
    badDispersion: dispersion(badSquares, ordinary.length),
  }
}

/** Of fewer requests, a share is no measure of what stands out. */
const BLOCK_REQUESTS = 50
const BLOCKS_MIN = 4
/** Standard deviations of a binomial beyond which some minutes are not counted as usual, if most are within. */
const OUTLIER = 5
const KEPT_MIN = 0.6

/** Minutes in a row, put together until they have enough requests. */
function blocksOf(minutes: readonly Trials[]): Trials[] {
  const blocks: { time: number; count: number; bad: number }[] = []
  for (const { time, count, bad } of minutes) {
    const last = blocks.at(-1)
    if (count === 0) continue
    if (last === undefined || last.count >= BLOCK_REQUESTS) blocks.push({ time, count, bad })
    else {
      last.count += count
      last.bad += bad
    }
  }
  return blocks
}

function residual({ bad, count }: Trials, share: number): number {
  return (bad - count * share) / Math.sqrt(count * share * (1 - share))
}

function sumOf(minutes: readonly Trials[]): { readonly bad: number; readonly count: number; readonly share: number } {
  let [bad, count] = [0, 0]
  for (const minute of minutes) {
    bad += minute.bad
    count += minute.count
  }
  return { bad, count, share: (bad + 0.5) / (count + 1) }
}

/** Pearson's statistic by its degrees of freedom (McCullagh and Nelder 1989, 4.5), drawn towards the prior while few. */
function dispersion(squares: number, minutes: number): number {
  const mean = (squares + PRIOR_MINUTES * PRIOR_DISPERSION) / (minutes + PRIOR_MINUTES)
  return Math.min(DISPERSION_MAX, Math.max(1, mean))
}
