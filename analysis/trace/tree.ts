/** What places a span in its trace. Times are milliseconds from any fixed moment. */
export interface TimedSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startMs: number
  readonly durationMs: number
}

/** A span as it is shown. Times are milliseconds from the trace's begin. */
export interface TraceSpan extends TimedSpan {
  readonly service: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly statusMessage: string | undefined
  readonly exception: string | undefined
}

export interface TreeNode<S extends TimedSpan = TraceSpan> {
  readonly span: S
  readonly depth: number
  readonly children: readonly TreeNode<S>[]
  /** Time that no child accounts for. */
  readonly selfMs: number
}

interface Growing<S extends TimedSpan> extends TreeNode<S> {
  readonly children: Growing<S>[]
}

/**
 * The spans as trees, children in order of time. A span whose parent is not here is a root. Circles are cut. Whoever sends
 * decides how deep a trace is: nothing here is a recursion.
 */
export function buildTrees<S extends TimedSpan>(spans: readonly S[]): TreeNode<S>[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const byParent = new Map<string, S[]>()
  const roots: S[] = []
  for (const span of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const { parentSpanId: parent } = span
    if (parent === undefined || !ids.has(parent) || parent === span.spanId) {
      roots.push(span)
      continue
    }
    const siblings = byParent.get(parent)
    if (siblings === undefined) byParent.set(parent, [span])
    else siblings.push(span)
  }
  const placed = new Set<S>()
  const grow = (root: S): TreeNode<S> => {
    placed.add(root)
    const top = { span: root, depth: 0, children: [], selfMs: 0 } as Growing<S>
    const open = [top]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const own = (byParent.get(node.span.spanId) ?? []).filter(child => !placed.has(child))
      for (const child of own) {
        placed.add(child)
        node.children.push({ span: child, depth: node.depth + 1, children: [], selfMs: 0 })
      }
      const { durationMs } = node.span
      Object.assign(node, { selfMs: Math.max(0, durationMs - covered(own, node.span)) })
      open.push(...node.children)
    }
    return top
  }
  const trees = roots.map(grow)
  // What is left hangs in circles: each is begun somewhere, so that no span is lost.
  for (const span of spans) if (!placed.has(span)) trees.push(grow(span))
  return trees
}

/** Milliseconds of `parent` in which at least one child runs; `children` in order of time. */
function covered(children: readonly TimedSpan[], parent: TimedSpan): number {
  const end = parent.startMs + parent.durationMs
  let total = 0
  let reached = parent.startMs
  for (const child of children) {
    const from = Math.max(reached, child.startMs)
    const to = Math.min(end, child.startMs + child.durationMs)
    if (to > from) {
      total += to - from
      reached = to
    }
  }
  return total
}

/** All nodes, parents before children. */
export function flatten<S extends TimedSpan>(trees: readonly TreeNode<S>[]): TreeNode<S>[] {
  const nodes: TreeNode<S>[] = []
  const stack = trees.toReversed()
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node)
    stack.push(...node.children.toReversed())
  }
  return nodes
}

/** A span of the critical path, and when it is the one that is waited for: `[from, to]` in the trace's milliseconds. */
export interface CriticalNode<S extends TimedSpan = TraceSpan> {
  readonly node: TreeNode<S>
  readonly waited: readonly (readonly [number, number])[]
}

/**
 * The chain of spans that decides how long the trace takes: from the root's end backwards, each time the child that ends
 * last before what is already explained. Shortening any other span does not shorten the trace.
 */
export function criticalPath<S extends TimedSpan>(root: TreeNode<S>): CriticalNode<S>[] {
  const path: CriticalNode<S>[] = []
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { startMs } = node.span
    const end = endOf(node)
    const chain: TreeNode<S>[] = []
    const waited: [number, number][] = []
    let reached = end
    for (const child of node.children.toSorted((a, b) => endOf(b) - endOf(a))) {
      if (endOf(child) > Math.min(end, reached) + TOLERANCE_MS) continue
      chain.push(child)
      if (endOf(child) < reached) waited.push([Math.max(startMs, endOf(child)), reached])
      reached = Math.min(reached, child.span.startMs)
    }
    if (reached > startMs) waited.push([startMs, reached])
    path.push({ node, waited: waited.reverse() })
    open.push(...chain)
  }
  return path
}

/** Clocks of different machines. */
const TOLERANCE_MS = 1

function endOf<S extends TimedSpan>({ span }: TreeNode<S>): number {
  return span.startMs + span.durationMs
}

/**
 * Where a failure began: the failed span that is deepest in the calls, the earliest of several. What failed above it
 * failed because of it.
 */
export function firstCause<S extends TimedSpan & { readonly status: string }>(
  trees: readonly TreeNode<S>[],
): TreeNode<S> | undefined {
  const failsBeneath = new Set<TreeNode<S>>()
  const nodes = flatten(trees)
  for (const node of nodes.toReversed()) {
    if (node.children.some(child => child.span.status === 'error' || failsBeneath.has(child))) failsBeneath.add(node)
  }
  const leaves = nodes.filter(node => node.span.status === 'error' && !failsBeneath.has(node))
  return leaves.toSorted((a, b) => endOf(a) - endOf(b) || b.depth - a.depth)[0]
}
