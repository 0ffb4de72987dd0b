import { hash64 } from '../hash64.ts'
import { operationOf } from '../operation-name.ts'
import { criticalPath, flatten, type TimedSpan, type TreeNode } from './tree.ts'

/** A span of one of several traces that are laid over one another. */
export interface PathSpan extends TimedSpan {
  readonly service: string
  readonly name: string
  readonly status: string
}

/** A call as it stands in its callers: the same service and operation beneath the same callers, in all traces. */
export interface PathRow {
  readonly key: string
  /** Of the call that it stands beneath. */
  readonly caller: string | undefined
  readonly depth: number
  readonly service: string
  readonly operation: string
  /** Of the traces, those that have it. */
  readonly traces: number
  readonly spans: number
  readonly errors: number
  /** From the begin of the trace to the first of them: the median of the traces that have it. */
  readonly startMs: number
  /** Of one span: median and 95th percentile. */
  readonly p50Ms: number
  readonly p95Ms: number
  /** A trace: means over all traces, those without it included. */
  readonly selfMs: number
  readonly criticalMs: number
  /** Of the trace that has the longest of them. */
  readonly slowest: { readonly traceId: string; readonly spanId: string; readonly durationMs: number }
}

interface Path {
  readonly key: string
  readonly caller: string | undefined
  readonly depth: number
  readonly service: string
  readonly operation: string
  readonly beneath: Map<string, Path>
  readonly starts: Map<string, number>
  readonly durations: number[]
  errors: number
  selfMs: number
  criticalMs: number
  slowest: PathRow['slowest']
}

/** Paths beyond are counted no more: who names operations by ids has one for each call. */
const PATHS_MAX = 2_000

/**
 * Traces of one operation laid over one another: each call once, in the place where it stands, callers before what they
 * call and in the order in which they usually begin. Ids in names are left out of account. Pure.
 *
 * @param traces the tree of each, from the operation's own span down
 */
export function overlay<S extends PathSpan>(traces: ReadonlyMap<string, TreeNode<S>>): PathRow[] {
  const roots = new Map<string, Path>()
  let paths = 0
  const pathOf = (among: Map<string, Path>, { service, name }: S, above: Path | undefined): Path | undefined => {
    const operation = operationOf(name)
    const step = JSON.stringify([service, operation])
    const known = among.get(step)
    if (known !== undefined || paths >= PATHS_MAX) return known
    paths += 1
    const path: Path = {
      ...{ key: String(hash64(`${above?.key ?? ''} ${step}`)), caller: above?.key, service, operation },
      depth: above === undefined ? 0 : above.depth + 1,
      ...{ beneath: new Map(), starts: new Map(), durations: [], errors: 0, selfMs: 0, criticalMs: 0 },
      slowest: { traceId: '', spanId: '', durationMs: -1 },
    }
    among.set(step, path)
    return path
  }
  for (const [traceId, root] of traces) {
    const begin = root.span.startMs
    const waited = new Map(criticalPath(root).map(({ node, waited }) => [node, lengthOf(waited)]))
    const places = new Map<TreeNode<S>, Path>()
    const parents = new Map(flatten([root]).flatMap(node => node.children.map(child => [child, node] as const)))
    for (const node of flatten([root])) {
      const parent = parents.get(node)
      const above = parent === undefined ? undefined : places.get(parent)
      if (parent !== undefined && above === undefined) continue
      const path = pathOf(above?.beneath ?? roots, node.span, above)
      if (path === undefined) continue
      places.set(node, path)
      count(path, traceId, node, begin, waited.get(node) ?? 0)
    }
  }
  return inOrder(roots).map(path => rowOf(path, traces.size))
}

function count<S extends PathSpan>(
  path: Path,
  traceId: string,
  { span, selfMs }: TreeNode<S>,
  begin: number,
  criticalMs: number,
): void {
  const start = span.startMs - begin
  path.starts.set(traceId, Math.min(start, path.starts.get(traceId) ?? start))
  path.durations.push(span.durationMs)
  path.selfMs += selfMs
  path.criticalMs += criticalMs
  if (span.status === 'error') path.errors += 1
  if (span.durationMs > path.slowest.durationMs) {
    path.slowest = { traceId, spanId: span.spanId, durationMs: span.durationMs }
  }
}

function lengthOf(parts: readonly (readonly [number, number])[]): number {
  return parts.reduce((sum, [from, to]) => sum + to - from, 0)
}

function inOrder(roots: ReadonlyMap<string, Path>): Path[] {
  const byStart = (paths: Iterable<Path>) =>
    [...paths].map(path => ({ path, at: median([...path.starts.values()]) })).sort((a, b) => b.at - a.at)
  const open = byStart(roots.values())
  const rows: Path[] = []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    rows.push(next.path)
    open.push(...byStart(next.path.beneath.values()))
  }
  return rows
}

function rowOf(path: Path, traces: number): PathRow {
  const { key, caller, depth, service, operation, starts, durations, errors, selfMs, criticalMs, slowest } = path
  return {
    ...{ key, caller, depth, service, operation, traces: starts.size, spans: durations.length, errors },
    startMs: median([...starts.values()]),
    p50Ms: median(durations),
    p95Ms: quantile(durations, 0.95),
    selfMs: selfMs / traces,
    criticalMs: criticalMs / traces,
    slowest,
  }
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The smallest value that at least this share is not above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
