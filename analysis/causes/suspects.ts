import type { Deviation } from './deviations.ts'
import type { Execution, Executions } from './executions.ts'
import type { Rise } from './resources.ts'
import { slowEnds } from './slow-ends.ts'
import { WAY_TO } from './waits.ts'
import { EVEN, type Weights, weigh } from './weights.ts'

/** A service (or what sends no spans) that something begins at. */
export interface Suspect {
  readonly name: string
  /** Points of evidence; comparable within one window only. */
  readonly score: number
  /** What of the score comes from what it does, and what from how long it takes. */
  readonly behaviour: number
  readonly slowness: number
  readonly saturation: number
  readonly rises: readonly Rise[]
  /** What it does otherwise by itself, the strongest first. */
  readonly deviations: readonly Deviation[]
  /** An execution that shows each of them. */
  readonly examples: readonly Execution[]
  readonly since: number
  /** Services most of whose own executions that deviate waited too long on the way to it. */
  readonly awaitedBy: readonly string[]
}

const DEVIATIONS_TOLD = 5
/** A processor or a pool with nothing left explains whatever waits for it. */
const SATURATED_POINTS = 150

/**
 * Where it begins, the likeliest first. An execution that deviates is explained by one beneath it that does: its service
 * only passes on what it was given. What takes longer lies between two ends; it is put to the one at which more lies.
 */
export function suspectsOf(
  window: Executions,
  deviations: readonly Deviation[],
  rises: readonly Rise[],
  weights: Weights = EVEN,
): Suspect[] {
  const found = new Map<string, Found>()
  const of = (name: string) => found.get(name) ?? found.set(name, emptyFinding()).get(name)!
  const shown = shownBy(window, deviations)
  const deviates = (execution: Execution) => shown.get(execution) !== undefined
  const isPassedOn = memo((execution: Execution): boolean =>
    execution.called.some(callee => deviates(callee) || isPassedOn(callee)),
  )
  const slowWays = slowWaysOf(deviations)
  const own = new Map<string, number>()
  for (const [execution, deviation] of shown) {
    if (isPassedOn(execution)) continue
    const suspect = of(execution.service)
    own.set(execution.service, (own.get(execution.service) ?? 0) + 1)
    suspect.behaviour += Math.sqrt(deviation.strength)
    suspect.add(deviation, execution)
    for (const callee of slowWays(execution)) of(callee).waiting.push(execution)
  }
  for (const { name, points, deviation, execution } of slowEnds(window, deviations)) {
    const suspect = of(name)
    suspect.slowness += points
    suspect.add(deviation, execution)
  }
  for (const rise of rises.filter(({ isSaturated }) => isSaturated)) {
    const suspect = of(rise.service)
    suspect.saturation = SATURATED_POINTS
    suspect.rises.push(rise)
  }
  return [...found]
    .map(([name, one]) => one.told(name, weights, own))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
}

/** The strongest thing that each execution does otherwise. */
function shownBy({ all }: Executions, deviations: readonly Deviation[]): Map<Execution, Deviation> {
  const byKey = Map.groupBy(
    deviations.filter(({ kind }) => kind !== 'slow').toSorted((a, b) => b.strength - a.strength),
    ({ service, operation }) => `${service} ${operation}`,
  )
  const shown = new Map<Execution, Deviation>()
  for (const execution of all) {
    const own = byKey
      .get(execution.key)
      ?.find(({ kind, id, since }) => execution.start >= since && execution.marks.has(id) === (kind === 'new'))
    if (own !== undefined) shown.set(execution, own)
  }
  return shown
}

/** The services to which the way of an execution took longer than it ever did. */
function slowWaysOf(deviations: readonly Deviation[]): (execution: Execution) => readonly string[] {
  const byKey = Map.groupBy(
    deviations.filter(({ kind, id }) => kind === 'slow' && id.startsWith(WAY_TO)),
    ({ service, operation }) => `${service} ${operation}`,
  )
  return ({ key, start, waits }) =>
    (byKey.get(key) ?? [])
      .filter(({ id, since, limit }) => start >= since && (waits.get(id) ?? 0) > limit)
      .map(({ id }) => id.slice(WAY_TO.length))
}

const MOST = 0.5

interface Found {
  behaviour: number
  slowness: number
  saturation: number
  readonly rises: Rise[]
  /** Executions of others that deviate and waited too long on the way to it. */
  readonly waiting: Execution[]
  add(deviation: Deviation, execution: Execution): void
  told(name: string, weights: Weights, own: ReadonlyMap<string, number>): Suspect
}

function emptyFinding(): Found {
  const examples = new Map<Deviation, Execution>()
  return {
    behaviour: 0,
    slowness: 0,
    saturation: 0,
    rises: [],
    waiting: [],
    add(deviation, execution) {
      if (!examples.has(deviation)) examples.set(deviation, execution)
    },
    told(name, weights, own) {
      const strongest = [...examples].sort(([a], [b]) => b.strength - a.strength).slice(0, DEVIATIONS_TOLD)
      const waiting = [...Map.groupBy(this.waiting, ({ service }) => service)]
      return {
        name,
        awaitedBy: waiting
          .filter(([service, some]) => some.length > MOST * own.get(service)!)
          .map(([service]) => service),
        score: weigh({ ...this, problem: 0 }, weights),
        behaviour: this.behaviour,
        slowness: this.slowness,
        saturation: this.saturation,
        rises: this.rises,
        deviations: strongest.map(([deviation]) => deviation),
        examples: strongest.map(([, execution]) => execution),
        since: Math.min(...[...examples.keys(), ...this.rises].map(({ since }) => since)),
      }
    },
  }
}

/** Calls form a tree, but senders may say otherwise: what is being asked for is not passed on. */
function memo(ask: (execution: Execution) => boolean): (execution: Execution) => boolean {
  const known = new Map<Execution, boolean>()
  return execution => {
    const answer = known.get(execution)
    if (answer !== undefined) return answer
    known.set(execution, false)
    const found = ask(execution)
    known.set(execution, found)
    return found
  }
}
