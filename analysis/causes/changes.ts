import { blame, type Slowdown } from '../releases/blame.ts'
import { type CauseKind, type ChangeBefore, confirmOf, type Hypothesis } from './hypotheses.ts'

const CONFIGURATION = /config|flag|setting|toggle/i

function isConfiguration({ what }: ChangeBefore): boolean {
  return CONFIGURATION.test(what)
}

export function changeKind(change: ChangeBefore): CauseKind {
  return isConfiguration(change) ? 'configuration' : 'code_change'
}

/**
 * The hypothesis with the change that brought it, if one did: it began just after it, or the operation became slower
 * with it. By the same rule as for problems.
 *
 * @param until end of the window; milliseconds.
 */
export function withChange<C extends ChangeBefore>(
  hypothesis: Hypothesis<C>,
  changes: readonly C[],
  slowdowns: readonly Slowdown[],
  until: number,
): Hypothesis<C> {
  const { name, since, kind, because, against } = hypothesis
  // What is at its limit is so whatever was deployed.
  if (kind === 'resource_exhaustion') return hypothesis
  const failing = { service: name, callers: [], onset: since, end: until, failures: 2, isNew: false, releases: [] }
  const found = blame({ ...failing, slowdowns, sharedKeys: [] }, changes)
  const change = changes.find(one => one === found.change)
  if (change === undefined) {
    return { ...hypothesis, against: [...against, `no change of ${name} came with it`] }
  }
  const changed = changeKind(change)
  return {
    ...hypothesis,
    kind: changed,
    change,
    instance: undefined,
    because: [...found.because, ...because],
    confirm: confirmOf(changed, name),
  }
}
