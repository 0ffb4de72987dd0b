import { deviationsOf } from './deviations.ts'
import { type Execution, executionsOf } from './executions.ts'
import type { Observed, ResourceFact } from './facts.ts'
import { type Hypothesis, hypothesesOf } from './hypotheses.ts'
import { risesOf } from './resources.ts'
import { suspectsOf } from './suspects.ts'
import type { Weights } from './weights.ts'

export { withChange } from './changes.ts'
export type { LogFact, Observed, ResourceFact, SpanFact } from './facts.ts'
export type { CauseKind, ChangeBefore, Hypothesis, Step, Thrown } from './hypotheses.ts'
export { type BadSide, type Culprit, culpritsOf } from './metric-graph.ts'
export { type ProblemFact, withProblem } from './problem.ts'
export { EVEN, moved, type Points, type Weights } from './weights.ts'

/** All that is known of a window of trouble. */
export interface Evidence {
  /** A time without it, the nearer the better. */
  readonly usual: Observed
  readonly window: Observed
  readonly from: number
  readonly to: number
  readonly resources: readonly ResourceFact[]
  readonly weights?: Weights
}

/**
 * Where the trouble of a window begins, the likeliest first; nothing where the window is as always. Pure, deterministic,
 * and linear in spans, logs and points but for sorting.
 */
export function causesOf({ usual, window, from, to, resources, weights }: Evidence): Hypothesis<never>[] {
  const after = executionsOf(window)
  const deviations = deviationsOf(executionsOf(usual), after)
  const suspects = suspectsOf(after, deviations, risesOf(resources, from, to), weights)
  const caller = new Map(after.all.flatMap(one => one.called.map(callee => [callee, one] as const)))
  return hypothesesOf(suspects, execution => {
    const callers: Execution[] = []
    for (let at = caller.get(execution); at !== undefined && !callers.includes(at); at = caller.get(at))
      callers.unshift(at)
    return callers
  })
}
