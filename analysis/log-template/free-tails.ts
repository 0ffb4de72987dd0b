import { hashOfText } from './hash64.ts'
import { carriesFailure, carriesOutcome } from './outcomes.ts'
import { literalWords } from './skeleton.ts'
import { WILDCARD } from './units.ts'

/** What stands before the colon has to be a statement. */
const MIN_WORDS_BEFORE = 3
/** So many texts behind it, none like the other, were not written by whoever wrote the statement. */
const MIN_TAILS = 4
const MIN_TAIL_UNITS = 2
const MAX_HEADS = 200_000

interface Head {
  /** The nodes that wait for more like them; undefined once they are enough. */
  waiting: number[] | undefined
  /** Of those that wait. */
  readonly tails: Set<number>
  node: number
}

export interface FreeTails {
  add(node: number, units: readonly string[]): void
}

/**
 * Joins statements that end in free text behind a colon: the title of a change, what somebody typed. A statement that
 * tells a failure goes on with its reason, which is what it is about; and a text that says how something went is none.
 *
 * @param nodeFor the node of a skeleton
 */
export function createFreeTails(
  nodeFor: (units: readonly string[]) => number,
  join: (one: number, two: number) => void,
): FreeTails {
  const heads = new Map<number, Head>()

  function headOf(units: readonly string[]): Head | undefined {
    const { key } = hashOfText(units.join(' '))
    const known = heads.get(key)
    if (known !== undefined || heads.size >= MAX_HEADS) return known
    const head: Head = { waiting: [], tails: new Set(), node: -1 }
    heads.set(key, head)
    return head
  }

  return {
    add(node, units) {
      const end = headEnd(units)
      if (end < 0) return
      const before = units.slice(0, end)
      const head = headOf(before)
      if (head === undefined) return
      if (head.waiting === undefined) {
        join(node, head.node)
        return
      }
      head.waiting.push(node)
      head.tails.add(hashOfText(units.slice(end).join(' ')).key)
      if (head.tails.size < MIN_TAILS) return
      const { waiting } = head
      head.waiting = undefined
      head.node = nodeFor([...before, WILDCARD])
      for (const one of waiting) join(one, head.node)
    },
  }
}

/** How many units stand before the free text at the end, the label included; -1 where none is. */
function headEnd(units: readonly string[]): number {
  const label = units.findIndex(unit => unit.endsWith(':'))
  const end = label + 1
  if (label < 0 || units.length - end < MIN_TAIL_UNITS) return -1
  const before = units.slice(0, end)
  if (literalWords(before) < MIN_WORDS_BEFORE || before.some(carriesFailure)) return -1
  // Another label is a record of fields, not a text.
  const tail = units.slice(end)
  return tail.some(unit => unit.endsWith(':') || unit.endsWith('=') || tellsOutcome(unit)) ? -1 : end
}

/** In prose most words for states are ordinary (`cache hit`, `new limit`); how it went stands in the past. */
function tellsOutcome(unit: string): boolean {
  return carriesFailure(unit) || unit === 'timed' || (/ed$/.test(unit) && carriesOutcome(unit))
}
