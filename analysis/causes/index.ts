import { deviationsOf } from './deviations.ts'
import { type Execution, executionsOf } from './executions.ts'
import type { Observed, ResourceFact } from './facts.ts'
import { type ChangeBefore, type Hypothesis, hypothesesOf } from './hypotheses.ts'
import { risesOf } from './resources.ts'
import { suspectsOf } from './suspects.ts'

export type { LogFact, Observed, ResourceFact, SpanFact } from './facts.ts'
export type { CauseKind, ChangeBefore, Hypothesis, Step } from './hypotheses.ts'
export { type BadSide, type Culprit, culpritsOf } from './metric-graph.ts'

/** All that is known of a window of trouble. */
export interface Evidence<C extends ChangeBefore> {
  /** A time without it, the nearer the better. */
  readonly usual: Observed
  readonly window: Observed
  readonly from: number
  readonly to: number
  readonly resources: readonly ResourceFact[]
  /** Newest first. */
  readonly changes: readonly C[]
}

/**
 * Where the trouble of a window begins and what it may come from, the likeliest first; nothing where the window is as
 * always. Pure, deterministic, and linear in spans, logs and points but for sorting.
 */
export function causesOf<C extends ChangeBefore>({
  usual,
  window,
  from,
  to,
  resources,
  changes,
}: Evidence<C>): Hypothesis<C>[] {
  const after = executionsOf(window)
  const deviations = deviationsOf(executionsOf(usual), after)
  const suspects = suspectsOf(after, deviations, risesOf(resources, from, to))
  const caller = new Map(after.all.flatMap(one => one.called.map(callee => [callee, one] as const)))
  return hypothesesOf(suspects, changes, execution => {
    const callers: Execution[] = []
    for (let at = caller.get(execution); at !== undefined && !callers.includes(at); at = caller.get(at))
      callers.unshift(at)
    return callers
  })
}
