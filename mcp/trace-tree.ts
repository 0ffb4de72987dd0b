/** A span as the waterfall needs it. Times are milliseconds from the trace's begin. */
export interface TraceSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly service: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly statusMessage: string | undefined
  readonly startMs: number
  readonly durationMs: number
  readonly exception: string | undefined
}

export interface TreeNode {
  readonly span: TraceSpan
  readonly depth: number
  readonly children: readonly TreeNode[]
  /** Time that no child accounts for. */
  readonly selfMs: number
}

/** The spans as trees, children in order of time. A span whose parent is not here is a root. Circles are cut. */
export function buildTrees(spans: readonly TraceSpan[]): TreeNode[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const byParent = new Map<string, TraceSpan[]>()
  const roots: TraceSpan[] = []
  const placed = new Set<TraceSpan>()
  for (const span of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const { parentSpanId: parent } = span
    if (parent === undefined || !ids.has(parent) || parent === span.spanId) roots.push(span)
    else {
      const siblings = byParent.get(parent)
      if (siblings === undefined) byParent.set(parent, [span])
      else siblings.push(span)
    }
  }
  const grow = (span: TraceSpan, depth: number): TreeNode => {
    placed.add(span)
    const own = (byParent.get(span.spanId) ?? []).filter(child => !placed.has(child))
    for (const child of own) placed.add(child)
    const children = own.map(child => grow(child, depth + 1))
    return { span, depth, children, selfMs: Math.max(0, span.durationMs - covered(own, span)) }
  }
  const trees = roots.map(root => grow(root, 0))
  // What is left hangs in circles: each is begun somewhere, so that no span is lost.
  for (const span of spans) if (!placed.has(span)) trees.push(grow(span, 0))
  return trees
}

/** Milliseconds of `parent` in which at least one child runs. */
function covered(children: readonly TraceSpan[], parent: TraceSpan): number {
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
export function flatten(trees: readonly TreeNode[]): TreeNode[] {
  const nodes: TreeNode[] = []
  const stack = trees.toReversed()
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node)
    stack.push(...node.children.toReversed())
  }
  return nodes
}

/**
 * The chain of spans that decides how long the trace takes: from the root's end backwards, each time the child that ends
 * last before what is already explained. Shortening any other span does not shorten the trace.
 */
export function criticalPath(root: TreeNode): TreeNode[] {
  const path: TreeNode[] = []
  const walk = (node: TreeNode): void => {
    path.push(node)
    const end = node.span.startMs + node.span.durationMs
    let reached = end
    const chain: TreeNode[] = []
    for (const child of node.children.toSorted((a, b) => endOf(b) - endOf(a))) {
      if (endOf(child) > Math.min(end, reached) + TOLERANCE_MS) continue
      chain.push(child)
      reached = child.span.startMs
    }
    for (const child of chain.toReversed()) walk(child)
  }
  walk(root)
  return path
}

/** Clocks of different machines. */
const TOLERANCE_MS = 1

function endOf({ span }: TreeNode): number {
  return span.startMs + span.durationMs
}

/**
 * Where a failure began: the failed span that is deepest in the calls, the earliest of several. What failed above it
 * failed because of it.
 */
export function firstCause(trees: readonly TreeNode[]): TreeNode | undefined {
  const failed = flatten(trees).filter(({ span }) => span.status === 'error')
  const leaves = failed.filter(node => !flatten(node.children).some(({ span }) => span.status === 'error'))
  return leaves.toSorted((a, b) => endOf(a) - endOf(b) || b.depth - a.depth)[0]
}
