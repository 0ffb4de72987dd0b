import {
  buildTrees,
  criticalPath,
  firstCause,
  flatten,
  type TimedSpan,
  type TreeNode,
} from '../../../../analysis/trace/tree.ts'
import type { TraceAnswer } from '../../../api/trace.ts'

export type WireSpan = TraceAnswer['spans'][number]
export type WireLog = TraceAnswer['logs'][number]

export interface PlacedSpan extends TimedSpan {
  readonly wire: WireSpan
  readonly status: string
}

export type Node = TreeNode<PlacedSpan>

export interface Layout {
  readonly trees: readonly Node[]
  readonly nodes: ReadonlyMap<string, Node>
  readonly parents: ReadonlyMap<string, string>
  readonly totalMs: number
  /** What is waited for, by span: `[from, to]` in the trace's milliseconds. */
  readonly waited: ReadonlyMap<string, readonly (readonly [number, number])[]>
  readonly cause: Node | undefined
  readonly logs: ReadonlyMap<string, readonly WireLog[]>
  /** Of no span that is here. */
  readonly looseLogs: readonly WireLog[]
  /** In the order in which they come; a colour each. */
  readonly services: readonly string[]
  readonly errors: number
}

export function layoutOf({ spans, logs }: TraceAnswer): Layout {
  const placed = spans.map(
    (wire): PlacedSpan => ({
      wire,
      spanId: wire.span_id,
      parentSpanId: wire.parent_span_id ?? undefined,
      startMs: wire.start_ms,
      durationMs: wire.duration_ms,
      status: wire.status,
    }),
  )
  const trees = buildTrees(placed)
  const all = flatten(trees)
  const nodes = new Map(all.map(node => [node.span.spanId, node]))
  const parents = new Map(
    all.flatMap(node => node.children.map(child => [child.span.spanId, node.span.spanId] as const)),
  )
  const first = trees[0]
  const waited = new Map(
    first === undefined ? [] : criticalPath(first).map(({ node, waited }) => [node.span.spanId, waited]),
  )
  return {
    trees,
    nodes,
    parents,
    waited,
    totalMs: all.reduce((end, { span }) => Math.max(end, span.startMs + span.durationMs), 0),
    cause: firstCause(trees),
    logs: Map.groupBy(
      logs.filter(log => log.span_id !== null && nodes.has(log.span_id)),
      log => log.span_id!,
    ),
    looseLogs: logs.filter(log => log.span_id === null || !nodes.has(log.span_id)),
    services: [...new Set(all.map(({ span }) => span.wire.service))],
    errors: all.filter(({ span }) => span.status === 'error').length,
  }
}

export type Row =
  | { readonly kind: 'span'; readonly node: Node }
  | { readonly kind: 'log'; readonly log: WireLog; readonly depth: number }

interface Shown {
  readonly collapsed: ReadonlySet<string>
  readonly withLogs: boolean
  readonly criticalOnly: boolean
  readonly find: string
}

/** The rows that are shown, in order: spans with their logs beneath, or those alone that a search finds. */
export function rowsOf(layout: Layout, { collapsed, withLogs, criticalOnly, find }: Shown): readonly Row[] {
  const rows: Row[] = withLogs && find === '' ? layout.looseLogs.map(log => ({ kind: 'log', log, depth: 0 })) : []
  const words = find.toLowerCase()
  const open = layout.trees.toReversed()
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { spanId, wire } = node.span
    const isShown = (!criticalOnly || layout.waited.has(spanId)) && (words === '' || textOf(wire).includes(words))
    if (isShown) rows.push({ kind: 'span', node })
    const isOpen = !collapsed.has(spanId) || words !== ''
    if (withLogs && isOpen) {
      for (const log of layout.logs.get(spanId) ?? []) {
        if (words === '' ? isShown : log.message.toLowerCase().includes(words))
          rows.push({ kind: 'log', log, depth: node.depth + 1 })
      }
    }
    if (isOpen) for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i]!)
  }
  return rows
}

function textOf({ service, operation_name, status_message, exception, kind }: WireSpan): string {
  return `${service} ${operation_name} ${kind} ${status_message ?? ''} ${exception ?? ''}`.toLowerCase()
}

/** Round times between which lines are drawn. */
export function ticksOf(from: number, to: number, most: number): number[] {
  const rough = (to - from) / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-6)))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough) ?? rough
  const ticks: number[] = []
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length <= most + 1; at += step) ticks.push(at)
  return ticks
}
