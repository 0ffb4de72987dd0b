import type { Change } from '../releases/blame.ts'
import type { Deviation } from './deviations.ts'
import type { Execution } from './executions.ts'
import type { Suspect } from './suspects.ts'
import { ANSWER_OF, OWN, WAY_TO } from './waits.ts'
import type { Points } from './weights.ts'

export type CauseKind =
  | 'code_change'
  | 'configuration'
  | 'resource_exhaustion'
  | 'capacity'
  | 'dependency'
  | 'external'
  | 'network'
  | 'host'
  | 'data'
  | 'unknown'

/** A deploy, release, flag or setting of a service. */
export interface ChangeBefore extends Change {
  /** `deploy`, `release`, `config` and the like. */
  readonly what: string
}

/** A step on the way from where it is seen to where it begins: an execution, with the span that shows it. */
export interface Step {
  readonly service: string
  readonly operation: string
  readonly traceId: string
}

export interface Hypothesis<C extends ChangeBefore = ChangeBefore> {
  readonly kind: CauseKind
  /** The service, or what sends nothing itself, at which it begins. */
  readonly name: string
  /** What it calls, where the trouble lies there and not in it. */
  readonly dependency: string | undefined
  /** Its process, where it is one of several. */
  readonly instance: string | undefined
  readonly operation: string | undefined
  /** The change that it comes from, if any. */
  readonly change: C | undefined
  /** When it was first seen; milliseconds. */
  readonly since: number
  /** How often such a first hypothesis is right, 0 to 1. */
  readonly confidence: number
  readonly because: readonly string[]
  readonly against: readonly string[]
  /** What would confirm it. */
  readonly confirm: string
  /** From the entry of a request to where it begins. */
  readonly path: readonly Step[]
  /** What is thrown where it begins. */
  readonly thrown: Thrown | undefined
  /** Services that do otherwise because they waited too long on the way to it. */
  readonly awaitedBy?: readonly string[]
  /** The evidence by its kind, before it was weighed. */
  readonly points: Points
}

/** A problem that began with the trouble, at the place where it begins. */
export interface Thrown {
  readonly fingerprint: string
  readonly exception: string | undefined
  readonly message: string | undefined
  /** The innermost frame of ours. */
  readonly function: string | undefined
  readonly file: string | undefined
  /** The file as the stack writes it; undefined where that is not known. */
  readonly path?: string | undefined
  readonly line: number | undefined
  /** What the failing requests have in common, in words, the strongest first. */
  readonly shared: readonly string[]
}

const HYPOTHESES_MAX = 5

/**
 * What the suspects mean, the likeliest first, by what they do otherwise alone; whether a change brought it, `withChange`
 * asks. A suspect is where it begins.
 */
export function hypothesesOf(
  suspects: readonly Suspect[],
  callersOf: (execution: Execution) => readonly Execution[],
): Hypothesis<never>[] {
  const told = suspects.slice(0, HYPOTHESES_MAX)
  return told.map((suspect, place) => {
    const { name, since, examples, deviations, behaviour, slowness, saturation } = suspect
    const kind = kindOf(suspect)
    const example = examples[0]
    const own = [...new Set(examples.filter(one => one.service === name).map(({ instance }) => instance))]
    return {
      kind,
      name,
      dependency: undefined,
      instance: own.length === 1 && own[0] !== '' ? own[0] : undefined,
      operation: deviations[0]?.operation,
      change: undefined,
      since,
      confidence: confidenceOf(told, place),
      because: [...suspect.rises.map(riseInWords), ...deviations.map(inWords)],
      against: againstOf(suspect, told[place === 0 ? 1 : 0]),
      confirm: confirmOf(kind, name),
      path: example === undefined ? [] : [...callersOf(example), example].map(stepOf),
      thrown: undefined,
      awaitedBy: suspect.awaitedBy,
      points: { behaviour, slowness, saturation, problem: 0 },
    }
  })
}

function kindOf({ rises, behaviour, slowness, deviations, name }: Suspect): CauseKind {
  if (rises.length > 0) return 'resource_exhaustion'
  const slowest = deviations.find(({ kind }) => kind === 'slow')
  if (slowest === undefined || behaviour > slowness) return 'unknown'
  if (slowest.id === ANSWER_OF + name) return 'dependency'
  if (slowest.id.startsWith(WAY_TO)) return 'network'
  return slowest.id === OWN ? 'capacity' : 'dependency'
}

/**
 * Measured on what `bench:causes` is given: where the first has all of the points it is right in nine of ten, where it
 * has as many as the second in half.
 */
const CERTAIN = 0.95
function confidenceOf(suspects: readonly Suspect[], place: number): number {
  const all = suspects.reduce((sum, { score }) => sum + score, 0)
  return Math.round(((CERTAIN * suspects[place]!.score) / all) * 100) / 100 || 0
}

function inWords({ kind, operation, text, afterHas, after, beforeHas, before, limit, id }: Deviation): string {
  const counts = `${afterHas} of ${after} since, ${beforeHas} of ${before} before`
  if (kind === 'new') return `${operation}: new trouble "${text}" (${counts})`
  if (kind === 'missing') return `${operation}: no longer does "${text}" (${counts})`
  const waited = id === OWN ? 'its own work' : id
  return `${operation}: ${waited} takes more than ${Math.round(limit)} ms (${counts})`
}

function riseInWords({ instance, name, before, after }: Suspect['rises'][number]): string {
  return `${name} of ${instance} went from ${rounded(before)} to ${rounded(after)}, which is its limit`
}

function againstOf(suspect: Suspect, rival: Suspect | undefined): string[] {
  return rival !== undefined && rival.score > suspect.score / 2 ? [`as much begins at ${rival.name}`] : []
}

/** What would show that it is so. */
export function confirmOf(kind: CauseKind, name: string): string {
  switch (kind) {
    case 'code_change':
      return `take the change of ${name} back on one instance and compare`
    case 'configuration':
      return `set the setting of ${name} back and watch the first operation`
    case 'resource_exhaustion':
      return `give ${name} more of what is at its limit, or find what took it, and watch the waits`
    case 'network':
      return `measure the round trip between ${name} and its callers, and its packet loss`
    case 'dependency':
    case 'external':
      return `ask ${name} itself for the time of the same calls`
    case 'host':
      return `take ${name} out of service and watch whether the failures end`
    case 'data':
      return `send ${name} one request with what the failing ones share, and one without`
    case 'capacity':
      return `take a profile of ${name} while it is slow`
    case 'unknown':
      return `read the trace to ${name} step by step beside one from before`
  }
}

function stepOf({ service, operation, traceId }: Execution): Step {
  return { service, operation, traceId }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
