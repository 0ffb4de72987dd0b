import { readProblemSeries } from '../problems.ts'
import type { Read, Scope } from '../reading.ts'
import { contrastLogs } from './logs.ts'
import type { SetContrast } from './sets.ts'
import { contrastSpans } from './spans.ts'

export type { SetContrast } from './sets.ts'
export { contrastFailed, contrastSince, contrastSlow, type Operation } from './spans.ts'

/**
 * What the failures of a problem within `during` share, against good ones of the same kind at the same time: spans, else
 * requests and lines of logs. Where all fail, those since `since` have to do. Undefined where there is too little of it.
 */
export async function contrastFailures(
  read: Read,
  during: Scope,
  fingerprint: string,
  since: Date,
): Promise<SetContrast | undefined> {
  return (
    (await contrastSpans(read, during, fingerprint, since)) ?? (await contrastLogs(read, during, fingerprint, since))
  )
}

/** The same in the unusual time of the problem, where it has one: at other times others fail. */
export async function contrastProblem(
  read: Read,
  scope: Scope,
  fingerprint: string,
): Promise<{ readonly during: Scope; readonly found: SetContrast | undefined } | undefined> {
  const problem = await readProblemSeries(read, scope, fingerprint)
  if (problem === undefined) return undefined
  const during = { ...scope, from: new Date(problem.onset - 1), to: new Date(problem.end + 1) }
  return { during, found: await contrastFailures(read, during, fingerprint, scope.from) }
}
