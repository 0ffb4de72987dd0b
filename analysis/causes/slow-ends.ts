import type { Deviation } from './deviations.ts'
import type { Execution, Executions } from './executions.ts'
import { ANSWER_OF, OWN, WAY_TO } from './waits.ts'

/** Points that a name gets for what is slow at it. */
export interface SlowEnd {
  readonly name: string
  readonly points: number
  /** The strongest of the deviations behind it, and an execution that shows it. */
  readonly deviation: Deviation
  readonly execution: Execution
}

/** Points for a square-rooted millisecond: what is done otherwise and what is slow weigh alike at about 200 ms. */
const POINTS = 4
/** A way is slow for one end where so many of its calls are. */
const HIT_SHARE_MIN = 0.2
const SLOW_MIN = 2
/** Of two ends with as much at both, the one that is called answers late. */
const CALLED_FACTOR = 1.1

interface Side {
  waits: number
  slow: number
  excess: number
  deviation: Deviation | undefined
  execution: Execution | undefined
}

/**
 * What takes longer, by the names at which it may lie. The way between two services is put to the one that is called
 * with the share of all calls of it that are slow, and to the caller with the share of the services it calls that are
 * slow to reach: whoever waits for one of ten is a victim, whoever waits for ten of ten has no processor or no network.
 */
export function slowEnds({ all }: Executions, deviations: readonly Deviation[]): SlowEnd[] {
  const slow = new Map(
    deviations.filter(({ kind }) => kind === 'slow').map(one => [`${one.service} ${one.operation}\n${one.id}`, one]),
  )
  const names = new Map<string, Map<string, Side>>()
  const note = (name: string, side: string, ms: number, deviation: Deviation | undefined, execution: Execution) => {
    const sides = names.get(name) ?? names.set(name, new Map()).get(name)!
    const one = sides.get(side) ?? { waits: 0, slow: 0, excess: 0, deviation: undefined, execution: undefined }
    sides.set(side, one)
    one.waits++
    if (deviation === undefined || execution.start < deviation.since || ms <= deviation.limit) return
    one.slow++
    one.excess += ms - deviation.limit
    if ((one.deviation?.strength ?? 0) < deviation.strength) Object.assign(one, { deviation, execution })
  }
  for (const execution of all) {
    for (const [id, ms] of execution.waits) {
      const deviation = slow.get(`${execution.key}\n${id}`)
      note(execution.service, id, ms, deviation, execution)
      if (id.startsWith(WAY_TO)) note(id.slice(WAY_TO.length), CALLED, ms, deviation, execution)
      if (id.startsWith(ANSWER_OF)) note(id.slice(ANSWER_OF.length), CALLED, ms, deviation, execution)
    }
  }
  return [...names].flatMap(([name, sides]) => endOf(name, sides) ?? [])
}

const CALLED = 'called'

function endOf(name: string, sides: ReadonlyMap<string, Side>): SlowEnd | undefined {
  const of = (accept: (side: string) => boolean) => [...sides].filter(([side]) => accept(side)).map(([, one]) => one)
  const ways = of(side => side.startsWith(WAY_TO))
  const hit = ways.filter(({ slow, waits }) => slow >= SLOW_MIN && slow > HIT_SHARE_MIN * waits).length
  const waysCount = hit > 1 || ways.length === 1 ? hit / ways.length : 0
  const points =
    POINTS *
    (CALLED_FACTOR * pointsOf(of(side => side === CALLED)) +
      pointsOf(of(side => side === OWN || side.startsWith(ANSWER_OF))) +
      waysCount * pointsOf(ways))
  const [worst] = [...sides.values()]
    .filter(({ deviation }) => deviation !== undefined)
    .sort((a, b) => b.excess - a.excess)
  if (points === 0 || worst === undefined) return undefined
  return { name, points, deviation: worst.deviation!, execution: worst.execution! }
}

/** Ten times as long is not ten times as suspect. */
function pointsOf(sides: readonly Side[]): number {
  const sum = (of: (side: Side) => number) => sides.reduce((total, side) => total + of(side), 0)
  const slow = sum(side => side.slow)
  return slow < SLOW_MIN ? 0 : (Math.sqrt(sum(side => side.excess)) * slow) / sum(side => side.waits)
}
