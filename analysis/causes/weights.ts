/** How much each kind of evidence counts; 1 is as it was measured. */
export interface Weights {
  /** What is done otherwise: failures, warnings, what is missing. */
  readonly behaviour: number
  readonly slowness: number
  /** A signal from inside is at its limit. */
  readonly saturation: number
  /** A problem that began with the trouble is thrown there. */
  readonly problem: number
}

/** Points of evidence of a hypothesis, before they are weighed. */
export type Points = Weights

export const EVEN: Weights = { behaviour: 1, slowness: 1, saturation: 1, problem: 1 }
const KINDS = ['behaviour', 'slowness', 'saturation', 'problem'] as const
/** One word of a person moves a weight by a few in a hundred: chance and mistakes even out. */
const STEP = 0.05
const LEAST = 0.25
const MOST = 4

export function weigh(points: Points, weights: Weights): number {
  return KINDS.reduce((sum, kind) => sum + points[kind] * weights[kind], 0)
}

/**
 * The weights after somebody said which hypothesis was right: what spoke more for that one than for the one that came
 * first counts more from now on, what spoke more for the first less. Without a right one, what spoke for the first counts
 * less. (Exponentiated gradient, Kivinen and Warmuth 1997, with a fixed step and bounds.)
 */
export function moved(weights: Weights, first: Points, right: Points | undefined): Weights {
  const [of, instead] = [sharesOf(first), right === undefined ? undefined : sharesOf(right)]
  const next = (kind: (typeof KINDS)[number]) => {
    const factor = Math.exp(STEP * ((instead?.[kind] ?? 0) - of[kind]))
    return Number(Math.min(MOST, Math.max(LEAST, weights[kind] * factor)).toFixed(4))
  }
  return {
    behaviour: next('behaviour'),
    slowness: next('slowness'),
    saturation: next('saturation'),
    problem: next('problem'),
  }
}

function sharesOf(points: Points): Points {
  const sum = weigh(points, EVEN) || 1
  return {
    behaviour: points.behaviour / sum,
    slowness: points.slowness / sum,
    saturation: points.saturation / sum,
    problem: points.problem / sum,
  }
}
