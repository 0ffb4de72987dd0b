import { z } from 'zod'
import { buildTrees, criticalPath, firstCause, flatten, type TreeNode } from '../../analysis/trace/tree.ts'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { LOGS_MAX, readTrace, readTraceLogs, traceOfRequest } from '../read-trace.ts'
import { ToolRefusal } from '../refusal.ts'
import { ranksByTrouble } from '../timeline.ts'
import { budget, defineTool, text } from '../tool.ts'

const CRITICAL_SHOWN = 8

export const traceRequest = defineTool({
  name: 'trace_request',
  title: 'One request across services',
  description:
    'Waterfall of a trace with logs, critical path and first failure, by trace_id or request_id. {"request_id":"r-9"}',
  input: z.strictObject({
    trace_id: z
      .string()
      .regex(/^[0-9a-f]{32}$/i, '32 hex digits')
      .optional(),
    request_id: text(255).optional(),
    ...budget,
  }),
  check({ trace_id, request_id }) {
    if ((trace_id === undefined) === (request_id === undefined)) {
      throw new ToolRefusal('give trace_id or request_id, one of them, such as {"request_id":"r-9"}')
    }
  },
  async run({ trace_id, request_id }, access) {
    const id = trace_id?.toLowerCase() ?? (await traceOfRequest(access, request_id ?? ''))
    const trace = id === undefined ? undefined : await readTrace(access, id)
    const logs = page(id === undefined ? [] : await readTraceLogs(access, id), LOGS_MAX)
    if (id === undefined || trace === undefined) {
      return {
        summary: '0 spans.',
        sections: [{ name: 'logs', ...logs }],
        empty: `No span that this caller may see has this ${trace_id === undefined ? 'request_id' : 'trace_id'}; get_timeline looks in the other tables, too.`,
      }
    }
    const trees = buildTrees(trace.spans)
    const cause = firstCause(trees)
    const [root] = trees.toSorted((a, b) => b.span.durationMs - a.span.durationMs)
    const path = root === undefined ? [] : criticalPath(root).map(({ node }) => node)
    const nodes = flatten(trees)
    const failed = nodes.filter(({ span }) => span.status === 'error').length
    return {
      summary: `Trace ${id}: ${counted(nodes.length, 'span')} of ${counted(new Set(trace.spans.map(span => span.service)).size, 'service')}, ${round(root?.span.durationMs ?? 0)} ms, ${failed} failed.${trace.isPartial ? ' Only its first spans were read.' : ''}`,
      from: trace.from,
      to: trace.to,
      sections: [
        { name: 'first_failure', rows: cause === undefined ? [] : [spanRow(cause)] },
        {
          name: 'critical_path',
          rows: path
            .toSorted((a, b) => b.selfMs - a.selfMs)
            .slice(0, CRITICAL_SHOWN)
            .map(spanRow),
          total: path.length,
          more: 'the waterfall has all',
        },
        { name: 'waterfall', rows: nodes.map(waterfallRow), ranks: ranksOf(nodes, path) },
        { name: 'logs', ...logs, ranks: ranksByTrouble(logs.rows), more: 'get_timeline with this trace_id' },
      ],
      next: cause === undefined ? [] : [nextCall('what_changed', { at: trace.from.toISOString() })],
    }
  },
})

/** What failed stays longest, then the critical path, then what is near the root. */
function ranksOf(nodes: readonly TreeNode[], path: readonly TreeNode[]): number[] {
  const critical = new Set(path)
  return nodes.map(node => (node.span.status === 'error' ? 0 : critical.has(node) ? 1 : 2 + node.depth))
}

function spanRow(node: TreeNode): Row {
  const { span } = node
  return {
    service: span.service,
    name: span.name,
    span_id: span.spanId,
    start_ms: round(span.startMs),
    duration_ms: round(span.durationMs),
    self_ms: round(node.selfMs),
    depth: node.depth,
    status: span.status,
    ...(span.exception === undefined ? {} : { exception: span.exception }),
    ...(span.statusMessage === undefined ? {} : { message: span.statusMessage }),
  }
}

/** One short line a span: its depth as an indent, when, how long, and whether it failed. */
function waterfallRow({ span, depth }: TreeNode): Row {
  const mark = span.status === 'error' ? ' ERROR' : ''
  return {
    s: `${'  '.repeat(Math.min(depth, 20))}${span.service} ${span.name} +${round(span.startMs)} ${round(span.durationMs)}ms${mark}`,
  }
}

export function round(value: number): number {
  return Math.round(value * 10) / 10
}
