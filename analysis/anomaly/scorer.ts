import { createNovelty } from './novelty.ts'
import { createScale } from './scale.ts'
import { createSeason } from './season.ts'
import { createShape } from './shape.ts'
import { createSurprise } from './surprise.ts'

/** Values that scale and tails are taken from: two weeks at five minutes. */
const WINDOW = 4_096
/** Shapes that are remembered: a week at five minutes, and what a value costs. */
const MEMORY = 2_048
/**
 * Lengths in values, for shapes that are compared apart, since a spike of one value is lost in what a day looks like.
 * At five minutes they are a value, an hour, half a day; nothing depends on that.
 */
const VIEWS: readonly (readonly number[])[] = [
  [1, 12, 144],
  [1, 2],
]
const SURPRISE = { window: WINDOW, ignored: 20, learning: 100 } as const

/** What was tuned, and is chosen anew where it is measured how much that was worth (`npm run bench:anomaly -- --held-out`). */
export interface ScorerSettings {
  /** The share of the largest statistics whose mean is what counts as usual. */
  readonly tail: number
  /** What is left of a peak, a value later. */
  readonly decay: number
  /** The time of day counts a little less than shapes: a day is not always as the week before. */
  readonly seasonWeight: number
}

export const SCORER_SETTINGS: ScorerSettings = { tail: 0.04, decay: 0.995, seasonWeight: 0.8 }

/**
 * Scores a series value by value: how anomalous the last one is, from 0 to 1, knowing only those before it. Above 0.5
 * the series ends in a shape that is stranger than the strangest it is used to; what is to be told starts a little
 * above. Memory and time for a value are bounded, whatever came before. Values must be finite.
 *
 * The same settings serve every series: shift and scale are taken out (`scale`), what it looks like is learnt as
 * shapes that were seen (`shape`, `novelty`) and as times of day (`season`), and how wild the series is by nature sets its bar (`surprise`).
 */
export function createAnomalyScorer({
  tail,
  decay,
  seasonWeight,
}: ScorerSettings = SCORER_SETTINGS): (timeMs: number, value: number) => number {
  const scale = createScale(WINDOW)
  const usual = { ...SURPRISE, tail, decay }
  const views = VIEWS.map(lengths => {
    const shape = createShape(lengths)
    return { shape, novelty: createNovelty(shape.dimensions, MEMORY), surprise: createSurprise(usual) }
  })
  const season = createSeason()
  const seasonSurprise = createSurprise(usual)
  return (timeMs, value) => {
    const scaled = scale(value)
    let strangest = seasonWeight * seasonSurprise(season(timeMs, scaled))
    for (const { shape, novelty, surprise } of views) {
      strangest = Math.max(strangest, surprise(novelty(shape.push(scaled))))
    }
    return strangest / (1 + strangest)
  }
}
