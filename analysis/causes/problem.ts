import { isMachine } from '../contrast/machines.ts'
import { changeKind } from './changes.ts'
import { type CauseKind, type ChangeBefore, confirmOf, type Hypothesis, type Step, type Thrown } from './hypotheses.ts'
import { EVEN, type Points, type Weights } from './weights.ts'

interface Trait {
  readonly key: string
  readonly value: string
}

/** The problem that began with the trouble, and what its own analysis says of it. */
export interface ProblemFact<C extends ChangeBefore> {
  readonly thrown: Thrown
  /** Where it is thrown. */
  readonly service: string
  readonly operation: string | undefined
  readonly onset: number
  /** The change that is to blame for it. */
  readonly change: C | undefined
  /** What speaks for that change, or against all. */
  readonly because: readonly string[]
  /** Attributes that tell failing requests from good ones, the strongest first; those that say the same together. */
  readonly sharedTraits: readonly (readonly Trait[])[]
  /** What the service calls that became slower or fails more with it, the worst first. */
  readonly slowCalls: readonly string[]
  /** Internal signals of the service that rose with it. */
  readonly fuller: readonly string[]
  readonly path: readonly Step[]
  /** It is what was asked about; else it is the most unusual one of the window. */
  readonly isAsked: boolean
}

/** How often it is right where the problem's own analysis and where the trouble begins agree, and where not. */
const AGREED = 0.93
const DISAGREED = 0.75
/** As much as a service usually gets that everything else begins at. */
const PROBLEM_POINTS = 100
const NONE: Points = { behaviour: 0, slowness: 0, saturation: 0, problem: 0 }
const MACHINE = /^(?:host\.name|k8s\.node\.name)$/
const VERSION = /(?:^|\/)service\.version$/
const CALLEE = /^(?:server\.address|peer\.service|net\.peer\.name|url\.domain)$/
/** What a public name ends in: not an address, and none of the names of a cluster or a private network. */
const PUBLIC_NAME = /^(?=.*[a-z])[\w.-]+\.(?!local$|internal$|svc$|lan$|cluster$)[a-z]{2,}$/i

/**
 * What began with the trouble is thrown somewhere. That place comes first where it is where most is otherwise, where a
 * change of it is to blame, or where the problem is what was asked about; elsewhere what is thrown is a symptom more often
 * than not, and only said of the place. What only seemed to come from a change there is corrected, and the others are less
 * likely by as much.
 */
export function withProblem<C extends ChangeBefore>(
  hypotheses: readonly Hypothesis<C>[],
  problem: ProblemFact<C>,
  weights: Weights = EVEN,
): Hypothesis<C>[] {
  const way = wayOf(problem, hypotheses)
  const name = way?.name ?? problem.change?.service ?? problem.service
  const known = hypotheses.find(one => one.name === name)
  const dependency = problem.change === undefined && way === undefined ? dependencyOf(problem, hypotheses) : undefined
  const places = [name, dependency, ...(way === undefined ? [] : [problem.service])]
  const isAgreed = hypotheses[0] !== undefined && places.includes(hypotheses[0].name)
  if (hypotheses.length > 0 && !isAgreed && problem.change === undefined && !problem.isAsked) {
    return hypotheses.map(one => (one === known ? { ...one, thrown: problem.thrown } : one))
  }
  const confidence = isAgreed ? AGREED : Math.min(AGREED, DISAGREED * weights.problem)
  const kind = way?.kind ?? kindOf(problem, dependency, known?.kind)
  const host = hostOf(problem)
  const first: Hypothesis<C> = {
    kind,
    name,
    dependency,
    instance: instanceOf(kind, host?.value, known?.instance),
    operation: problem.operation ?? known?.operation,
    change: problem.change,
    since: problem.onset,
    confidence,
    because: [
      ...new Set([
        ...(problem.change === undefined ? [] : problem.because),
        ...problem.fuller.map(metric => `${metric} rose with it`),
        ...(dependency === undefined ? [] : [`its calls of ${dependency} became slower or fail more`]),
        ...problem.thrown.shared,
        ...(known?.because ?? []),
      ]),
    ],
    against: [
      ...(problem.change === undefined ? problem.because : []),
      ...(isAgreed || hypotheses[0] === undefined ? [] : [`more is otherwise at ${hypotheses[0].name}`]),
    ],
    confirm: confirmOf(kind, dependency ?? (kind === 'host' ? (host?.value ?? name) : name)),
    path: problem.path.length > 0 ? problem.path : (known?.path ?? []),
    thrown: problem.thrown,
    points: { ...(known?.points ?? NONE), problem: PROBLEM_POINTS },
  }
  const others = hypotheses.filter(one => !places.includes(one.name))
  const sum = others.reduce((total, one) => total + one.confidence, 0)
  const left = 1 - confidence
  const scaled = (one: Hypothesis<C>) => Math.round(Math.min(one.confidence, (one.confidence / sum) * left) * 100) / 100
  const told = [first, ...others.map(one => ({ ...one, confidence: scaled(one) || 0 }))]
  // Where people found it wrong often enough, what is thrown comes second.
  return told.toSorted((a, b) => b.confidence - a.confidence)
}

/**
 * Who waits in vain for something that is slow to reach fails, and is not to blame: the way is, where nothing of its own
 * speaks against it and most of its failures waited on it too long, or at least half as much lies there as at the first.
 */
function wayOf<C extends ChangeBefore>(
  problem: ProblemFact<C>,
  hypotheses: readonly Hypothesis<C>[],
): Hypothesis<C> | undefined {
  const { service, change, fuller } = problem
  if (change !== undefined || fuller.length > 0 || hostOf(problem) !== undefined) return undefined
  const least = (hypotheses[0]?.confidence ?? 0) / 2
  return hypotheses.find(
    ({ kind, path, confidence, awaitedBy = [] }) =>
      kind === 'network' && (awaitedBy.includes(service) || (path.at(-1)?.service === service && confidence >= least)),
  )
}

/** A change, certain data and what it calls break a service wherever it runs. */
function instanceOf(kind: CauseKind, host: string | undefined, known: string | undefined): string | undefined {
  if (kind === 'host') return host
  return kind === 'resource_exhaustion' || kind === 'capacity' || kind === 'unknown' ? known : undefined
}

function kindOf<C extends ChangeBefore>(
  { change, sharedTraits, fuller }: ProblemFact<C>,
  dependency: string | undefined,
  known: CauseKind | undefined,
): CauseKind {
  if (change !== undefined) return changeKind(change)
  if (hostOf({ sharedTraits }) !== undefined) return 'host'
  if (fuller.length > 0 || known === 'resource_exhaustion') return 'resource_exhaustion'
  if (dependency !== undefined) return PUBLIC_NAME.test(dependency) ? 'external' : 'dependency'
  if (sharedTraits.some(alike => !alike.some(({ key }) => isMachine(key) || VERSION.test(key)))) return 'data'
  return known === undefined || known === 'code_change' || known === 'configuration' ? 'unknown' : known
}

/** Hosts of a release that runs on few say no more than the release does. */
function hostOf({ sharedTraits }: Pick<ProblemFact<never>, 'sharedTraits'>): Trait | undefined {
  const telling = sharedTraits.filter(alike => !alike.some(({ key }) => VERSION.test(key)))
  const hosts = telling.flat().filter(({ key }) => isMachine(key))
  // Where all that runs on a machine is as bad as the one process of ours there, it is the machine that people can do without.
  return hosts.find(({ key }) => MACHINE.test(key)) ?? hosts[0]
}

function dependencyOf<C extends ChangeBefore>(
  { service, sharedTraits, slowCalls, fuller }: ProblemFact<C>,
  hypotheses: readonly Hypothesis<C>[],
): string | undefined {
  if (hostOf({ sharedTraits }) !== undefined || fuller.length > 0) return undefined
  const shared = sharedTraits.flat().find(({ key }) => CALLEE.test(key))
  const late = hypotheses.find(({ kind, path }) => kind === 'dependency' && path.at(-1)?.service === service)
  return shared?.value ?? slowCalls[0] ?? late?.name
}
