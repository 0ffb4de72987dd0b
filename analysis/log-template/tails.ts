import { hashOfText } from './hash64.ts'
import { endsWithoutTail, mayEndAt } from './optional-tails.ts'

/** Whoever waits for a shorter one beyond this many shares a group by other evidence, or is no statement. */
const MAX_WAITING = 64
const MAX_ENDS = 500_000

interface End {
  /** The node of the skeleton that ends here. */
  base: number
  /** Nodes of those that go on. */
  readonly waiting: number[]
}

export interface Tails {
  add(node: number, units: readonly string[]): void
}

/** Joins skeletons that are equal but for fields at the end of the longer, once both are there. */
export function createTails(join: (one: number, two: number) => void): Tails {
  const ends = new Map<number, End>()

  function endAt(units: readonly string[]): End | undefined {
    const { key } = hashOfText(units.join(' '))
    const known = ends.get(key)
    if (known !== undefined || ends.size >= MAX_ENDS) return known
    const end = { base: -1, waiting: [] }
    ends.set(key, end)
    return end
  }

  return {
    add(node, units) {
      if (mayEndAt(units, units.length)) {
        const end = endAt(units)
        if (end !== undefined && end.base < 0) {
          end.base = node
          for (const longer of end.waiting) join(longer, node)
          end.waiting.length = 0
        }
      }
      for (const length of endsWithoutTail(units)) {
        const end = endAt(units.slice(0, length))
        if (end === undefined) continue
        if (end.base >= 0) join(node, end.base)
        else if (end.waiting.length < MAX_WAITING) end.waiting.push(node)
      }
    },
  }
}
