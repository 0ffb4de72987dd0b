import type { PathSpan } from '../../analysis/trace/paths.ts'
import { buildTrees, flatten, type TreeNode } from '../../analysis/trace/tree.ts'
import type { Operation } from '../contrast/index.ts'
import type { Read, Scope } from '../reading.ts'

export interface SampledRequest {
  readonly traceId: string
  readonly spanId: string
  readonly at: string
  readonly failed: boolean
  readonly durationMs: number
}

/** Requests of an operation within the scope, chosen by their ids: the same ones every time. */
export async function sampleRequests(
  read: Read,
  { from, to, env, visible }: Scope,
  { service, operation }: Operation,
  limit: number,
): Promise<readonly SampledRequest[]> {
  if (visible !== null && !visible.includes(service)) return []
  const rows = await read('SELECT * FROM sample_spans($1, $2, $3, $4, $5, $6)', [
    service,
    operation,
    env,
    from,
    to,
    limit,
  ])
  return rows.map(row => ({
    ...{ traceId: String(row.trace_id), spanId: String(row.span_id), at: String(row.timestamp) },
    ...{ failed: row.status === 'error', durationMs: Number(row.duration_ms) },
  }))
}

/** Of requests that went well the one whose time is the median of theirs: nothing about it is unusual. */
export function usualRequest(requests: readonly SampledRequest[], other: string): SampledRequest | undefined {
  const good = requests
    .filter(({ failed, traceId }) => !failed && traceId !== other)
    .sort((a, b) => a.durationMs - b.durationMs)
  return good[Math.floor((good.length - 1) / 2)]
}

const SPANS_MAX = 20_000
const PAGE_SPANS = 5_000

export interface SampledTraces {
  /** By trace id, from the operation's own span down. */
  readonly trees: ReadonlyMap<string, TreeNode<PathSpan>>
  /** Spans beyond were not read: the last traces are left out. */
  readonly isCut: boolean
}

/** What lies beneath each of the requests. */
export async function readTreesOf(
  read: Read,
  requests: readonly SampledRequest[],
  visible: readonly string[] | null,
): Promise<SampledTraces> {
  const spans: (PathSpan & { readonly traceId: string })[] = []
  const ids = requests.map(({ traceId }) => traceId)
  let page = ids.length === 0 ? 0 : PAGE_SPANS
  for (; page === PAGE_SPANS && spans.length < SPANS_MAX; ) {
    const rows = await read(
      `SELECT trace_id, span_id, parent_span_id, service, left(operation_name, 300) AS name, status, duration_ms,
         ((start_time_unix_nano - (extract(epoch FROM min(timestamp) OVER (PARTITION BY trace_id)) * 1e9)::bigint) / 1e6)::float8 AS start_ms
       FROM trace_spans WHERE trace_id = ANY ($1::text[]) AND is_among(service, $2::text[])
       ORDER BY trace_id, start_time_unix_nano, span_id OFFSET ${spans.length} LIMIT ${PAGE_SPANS}`,
      [ids, visible],
    )
    spans.push(...rows.map(spanOf))
    page = rows.length
  }
  const isCut = page === PAGE_SPANS
  const last = spans.at(-1)?.traceId
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId)
  if (isCut && last !== undefined && byTrace.size > 1) byTrace.delete(last)
  const wanted = new Map(requests.map(({ traceId, spanId }) => [traceId, spanId]))
  const trees = new Map<string, TreeNode<PathSpan>>()
  for (const [traceId, of] of byTrace) {
    const own = flatten(buildTrees(of)).find(({ span }) => span.spanId === wanted.get(traceId))
    if (own !== undefined) trees.set(traceId, own)
  }
  return { trees, isCut }
}

function spanOf(row: Readonly<Record<string, unknown>>): PathSpan & { readonly traceId: string } {
  return {
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    parentSpanId:
      row.parent_span_id === undefined || row.parent_span_id === null ? undefined : String(row.parent_span_id),
    service: String(row.service),
    name: String(row.name),
    status: String(row.status),
    startMs: Number(row.start_ms),
    durationMs: Number(row.duration_ms),
  }
}
