import { overlay, type PathRow, type PathSpan } from './paths.ts'
import type { TreeNode } from './tree.ts'

/** A call of either trace; `there` is the good one. What only one of them has is undefined in the other. */
export interface ComparedCall {
  readonly key: string
  readonly depth: number
  readonly service: string
  readonly operation: string
  readonly here: CallFigures | undefined
  readonly there: CallFigures | undefined
  /** Of the time that the span itself takes, its calls left out: what it adds to this trace. */
  readonly selfDifferenceMs: number
}

export interface CallFigures {
  readonly spans: number
  readonly errors: number
  /** Of all its spans. */
  readonly selfMs: number
  /** The longest of them. */
  readonly durationMs: number
}

/** Two traces of one operation, call by call, in the order of this one; what it lacks stands beneath its caller. Pure. */
export function compareTraces<S extends PathSpan>(here: TreeNode<S>, there: TreeNode<S>): ComparedCall[] {
  const own = overlay(new Map([['here', here]]))
  const others = new Map(overlay(new Map([['there', there]])).map(row => [row.key, row]))
  const rows = own.map(row => compared(row, row, others.get(row.key)))
  const known = new Set(own.map(({ key }) => key))
  for (const row of others.values()) {
    if (known.has(row.key)) continue
    const caller = rows.findIndex(({ key }) => key === row.caller)
    rows.splice(caller + 1, 0, compared(row, undefined, row))
  }
  return rows
}

function compared(
  { key, depth, service, operation }: PathRow,
  here: PathRow | undefined,
  there: PathRow | undefined,
): ComparedCall {
  const selfDifferenceMs = (here?.selfMs ?? 0) - (there?.selfMs ?? 0)
  return { key, depth, service, operation, here: figuresOf(here), there: figuresOf(there), selfDifferenceMs }
}

function figuresOf(row: PathRow | undefined): CallFigures | undefined {
  if (row === undefined) return undefined
  return { spans: row.spans, errors: row.errors, selfMs: row.selfMs, durationMs: row.slowest.durationMs }
}

/**
 * What makes this trace worse than the good one: failures first, then the calls whose own time grew, the most first. Less
 * than a twentieth of the difference in all is left out.
 */
export function whatDiffers(calls: readonly ComparedCall[]): ComparedCall[] {
  const grown = calls.filter(({ selfDifferenceMs }) => selfDifferenceMs > 0)
  const most = grown.reduce((sum, { selfDifferenceMs }) => sum + selfDifferenceMs, 0)
  const fails = ({ here, there }: ComparedCall) => (here?.errors ?? 0) > (there?.errors ?? 0)
  return calls
    .filter(call => fails(call) || call.selfDifferenceMs > most / 20)
    .toSorted((a, b) => Number(fails(b)) - Number(fails(a)) || b.selfDifferenceMs - a.selfDifferenceMs)
}
