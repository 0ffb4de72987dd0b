import {
  causesOf,
  type Hypothesis,
  type Observed,
  type ProblemFact,
  type Step,
  withChange,
  withProblem,
} from '../analysis/causes/index.ts'
import { type ChangedFile, suspectChange } from '../analysis/code/suspect.ts'
import { causeChain } from '../analysis/stack/cause-chain.ts'
import { readFuller, readSlower } from './changed-levels.ts'
import { type KnownChange, readKnownChanges } from './changes.ts'
import { readServiceChanges } from './code/changes.ts'
import { readBetween } from './code/ranges.ts'
import { type Explanation, explainProblem } from './explain-problem.ts'
import { type Observation, readObserved, readResources } from './observed.ts'
import { readSlowdowns } from './operation-moments.ts'
import { readProblems } from './problems.ts'
import type { Read, Scope } from './reading.ts'
import { readWeights } from './reports/weights.ts'

/** What is explained, and the quiet time that it is compared with. */
export interface Window extends Observation {
  readonly usualFrom: Date
  readonly usualTo: Date
  /** Only traces that went through this service; all where it is undefined. */
  readonly through?: string | undefined
  /** The problem that was asked about; else the most unusual one of the window. */
  readonly fingerprint?: string | undefined
  /** So many spans of the window are looked at, and as many of the time before: traces as a whole. */
  readonly spansMax?: number | undefined
}

export interface WindowExplanation {
  /** The likeliest first. Every trace, problem and change that one names is in the store. */
  readonly hypotheses: readonly Hypothesis<KnownChange>[]
  /** What could not be known, in sentences of ours. */
  readonly notes: readonly string[]
}

/** Internal signals are compared with the hour before. */
const RESOURCES_BEFORE_MS = 3_600_000
const CHANGES_BEFORE_MS = 3_600_000
/** Whether they became slower is asked of so many. */
const TIMED_MAX = 3
/** Of so many problems the first that fits is taken. */
const PROBLEMS_MAX = 6
const SHARED_TOLD = 3

/** Where the trouble of a window begins and which change or other thing it comes from. */
export async function explainWindow(read: Read, window: Window): Promise<WindowExplanation> {
  const { from, to, env, visible, usualFrom, usualTo, through, spansMax } = window
  const earlier = (ms: number) => new Date(+from - ms)
  const before = only(await readObserved(read, { env, visible, from: usualFrom, to: usualTo }, spansMax), through)
  const observed = only(await readObserved(read, { env, visible, from, to }, spansMax), through)
  const until = new Date(+to + 60_000)
  const resources = await readResources(read, { env, visible, from: earlier(RESOURCES_BEFORE_MS), to: until })
  const weights = await readWeights(read)
  const found = causesOf({ usual: before, window: observed, from: +from, to: +to, resources, weights })
  const problem = await problemOf(read, window)
  const changes = await readKnownChanges(read, earlier(CHANGES_BEFORE_MS), to, visible)
  const scope = { from: usualFrom, to, env, visible }
  const hypotheses: Hypothesis<KnownChange>[] = []
  for (const [place, one] of found.entries()) {
    const timed = place < TIMED_MAX && one.operation !== undefined
    const slowdowns = timed ? await readSlowdowns(read, scope, { service: one.name, operation: one.operation! }) : []
    hypotheses.push(withChange(one, changes, slowdowns, +to))
  }
  const told =
    problem === undefined
      ? hypotheses
      : withProblem(
          hypotheses,
          { ...(await factOf(read, problem, scope)), isAsked: window.fingerprint !== undefined },
          weights,
        )
  const [first, ...others] = told
  return {
    hypotheses: first === undefined ? [] : [await withCode(read, first, changes), ...others],
    notes: notesOf(before, observed, through),
  }
}

/** Commits are deployed so long after they were made, at the latest. */
const COMMITTED_BEFORE_MS = 14 * 24 * 3_600_000

/**
 * With the commit that changed what throws, where a change is to blame and repositories are read (receiver `code`): of
 * those between the two releases, where these are tags or commits; else of those that came with it, from the deploy before
 * on, and where none of them is near, of those of the two weeks before it.
 */
async function withCode(
  read: Read,
  hypothesis: Hypothesis<KnownChange>,
  changes: readonly KnownChange[],
): Promise<Hypothesis<KnownChange>> {
  const { kind, change, thrown, because } = hypothesis
  if (kind !== 'code_change' || change === undefined || thrown === undefined) return hypothesis
  const until = new Date(change.at + 60_000)
  const files = await readServiceChanges(read, change.service, new Date(+until - COMMITTED_BEFORE_MS), until)
  const place = { ...thrown, file: thrown.path ?? thrown.file }
  const between = await readBetween(read, change.service, change.previous, change.release)
  const suspect =
    suspectChange(place, between ?? cameWith(change, changes, files)) ?? suspectChange(place, between ?? files)
  if (suspect === undefined) return hypothesis
  const { commit, title, author, path } = suspect.file
  const words = `commit ${commit.slice(0, 12)} "${title}" by ${author}: ${suspect.because}`
  return {
    ...hypothesis,
    // The deployed commit is but the newest of those that came with it.
    change: { ...change, commit: commit.slice(0, 12) },
    thrown: suspect.isSame ? { ...thrown, file: path } : thrown,
    because: [words, ...because],
  }
}

/** Commits between the one that was deployed before and the one that is deployed now; none where that is not known. */
function cameWith(
  change: KnownChange,
  changes: readonly KnownChange[],
  files: readonly ChangedFile[],
): readonly ChangedFile[] {
  const madeAt = ({ commit }: KnownChange) =>
    files.find(file => commit !== undefined && file.commit.startsWith(commit))?.committedAt
  const newest = madeAt(change)
  if (newest === undefined) return []
  const earlier = changes
    .filter(({ service, at }) => service === change.service && at < change.at)
    .toSorted((a, b) => b.at - a.at)
    .flatMap(one => madeAt(one) ?? [])[0]
  if (earlier === undefined) return files.filter(({ commit }) => commit.startsWith(change.commit!))
  return files.filter(({ committedAt }) => committedAt > earlier && committedAt <= newest)
}

function only(observed: Observed, service: string | undefined): Observed {
  if (service === undefined) return observed
  const traces = new Set(observed.spans.filter(span => span.service === service).map(({ traceId }) => traceId))
  const isOne = ({ traceId }: { readonly traceId: string }) => traces.has(traceId)
  return { spans: observed.spans.filter(isOne), logs: observed.logs.filter(isOne) }
}

/** The most unusual problem that goes on in the window and stands for itself. */
async function problemOf(
  read: Read,
  { usualFrom, from, to, env, visible, through, fingerprint }: Window,
): Promise<Explanation | undefined> {
  const scope = { from: usualFrom, to, env, visible }
  if (fingerprint !== undefined) return explainProblem(read, scope, fingerprint)
  const ranked = await readProblems(read, scope, { services: null, count: PROBLEMS_MAX })
  const unusual = ranked.filter(
    ({ trend, end, symptomOf }) => trend !== 'steady' && end >= +from && symptomOf.length === 0,
  )
  for (const one of unusual.slice(0, PROBLEMS_MAX)) {
    const explanation = await explainProblem(read, scope, one.fingerprint)
    const { origin } = explanation ?? {}
    if (origin === undefined) continue
    if (through === undefined || [origin.service, ...origin.callers].includes(through)) return explanation
  }
  return undefined
}

async function factOf(
  read: Read,
  { problem, origin, cause, shared }: Explanation,
  { from, env }: Scope,
): Promise<Omit<ProblemFact<KnownChange>, 'isAsked'>> {
  const { service } = origin
  const sides = { service, env, from, since: new Date(problem.onset), until: new Date(problem.end + 1) }
  const isBlamed = cause?.change !== undefined
  const slower = isBlamed ? [] : await readSlower(read, sides)
  const fuller = isBlamed ? [] : await readFuller(read, sides)
  const [thrown] = causeChain(origin.stack ?? '')
  const told = shared?.shared ?? []
  return {
    service,
    operation: origin.entryOperation ?? origin.operation,
    onset: problem.onset,
    change: cause?.change,
    because: cause?.because ?? [],
    sharedTraits: told.map(({ traits, also }) => [...traits, ...also]),
    slowCalls: slower.flatMap(({ calls }) => (typeof calls === 'string' ? [calls] : [])),
    fuller: fuller.map(({ metric }) => String(metric)),
    path: await pathTo(read, origin),
    thrown: {
      fingerprint: problem.fingerprint,
      exception: origin.errorType ?? thrown?.type,
      message: origin.message,
      function: thrown?.at?.function,
      file: thrown?.at?.file,
      path: thrown?.at?.path,
      line: thrown?.at?.line || undefined,
      shared: told.slice(0, SHARED_TOLD).map(({ traits, first }) => {
        const what = traits.map(({ key, value }) => (/^[≥<] /.test(value) ? `${key} ${value}` : `${key}=${value}`))
        return `${what.join(' and ')} in ${first} of ${shared!.first} ${shared!.firstIs}`
      }),
    },
  }
}

const PATH_MAX = 20

/** The spans from the entry of the request down to the one that carries the failure. */
async function pathTo(read: Read, { traceId, spanId, at }: Explanation['origin']): Promise<readonly Step[]> {
  if (traceId === undefined || spanId === undefined) return []
  const rows = await read(
    `WITH RECURSIVE spans_of_trace AS MATERIALIZED (
       SELECT span_id, parent_span_id, service, operation_name FROM trace_spans
       WHERE trace_id = $1 AND timestamp > $3::timestamptz - interval '10 minutes' AND timestamp <= $3::timestamptz + interval '10 minutes'
     ), up AS (
       SELECT s.*, 1 AS depth FROM spans_of_trace s WHERE span_id = $2
       UNION ALL SELECT s.*, depth + 1 FROM up JOIN spans_of_trace s ON s.span_id = up.parent_span_id WHERE depth < ${PATH_MAX})
     SELECT service, operation_name FROM up ORDER BY depth DESC`,
    [traceId, spanId, new Date(at)],
  )
  const steps = rows.map(row => ({ service: String(row.service), operation: String(row.operation_name), traceId }))
  // One step a service: what it was entered by.
  return steps.filter((step, i) => step.service !== steps[i - 1]?.service)
}

function notesOf(before: Observed, during: Observed, through: string | undefined): string[] {
  const where = through === undefined ? '' : ` of requests through ${through}`
  if (during.spans.length === 0) {
    return [`not enough evidence: no service sent spans${where} in these minutes`]
  }
  if (before.spans.length === 0) return [`not enough evidence: there are no spans${where} from before to compare with`]
  const heard = new Set(during.spans.map(({ service }) => service))
  const silent = [...new Set(before.spans.map(({ service }) => service))].filter(service => !heard.has(service)).sort()
  return silent.length === 0 ? [] : [`these services sent spans before and send none now: ${silent.join(', ')}`]
}
