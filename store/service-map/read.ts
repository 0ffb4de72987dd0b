import {
  type DeclaredMap,
  type LearntEdge,
  mergeMap,
  type NodeKind,
  type ServiceMap,
} from '../../analysis/service-map/merge.ts'
import { type Read, textOrNone } from '../reading.ts'

export interface ServiceMapOptions {
  readonly from: Date
  readonly until: Date
  readonly env?: string | undefined
  /** Edges of each release of the caller by themselves. */
  readonly byRelease?: boolean
  readonly declared?: DeclaredMap | undefined
  /** Services that the asker may see; all where absent. An edge is shown to who may see its caller. */
  readonly visible?: readonly string[] | null
}

/** The service map of a time: what was seen, beside what is declared. */
export async function readServiceMap(read: Read, options: ServiceMapOptions): Promise<ServiceMap> {
  const { from, until, env, byRelease = false, declared, visible = null } = options
  const edges = await read(
    `SELECT environment, caller, caller_kind, release, callee, callee_kind, is_async, calls, errors, avg_ms, p50_ms, p95_ms, p99_ms, trace_id
     FROM call_edges($1, $2, NULL, $3, $4) WHERE is_among(caller, $5::text[])
     ORDER BY environment, caller, release, calls DESC NULLS LAST, callee`,
    [from, until, env ?? null, byRelease, visible],
  )
  const services = await read(
    `SELECT DISTINCT service FROM request_minutes WHERE minute >= $1 AND minute < $2 AND is_among(environment, environment_names($3))
       AND is_among(service, $4::text[]) ORDER BY 1`,
    [from, until, env ?? null, visible],
  )
  return mergeMap(
    edges.map(edgeOf),
    services.map(({ service }) => String(service)),
    declared,
  )
}

function edgeOf(row: Readonly<Record<string, unknown>>): LearntEdge {
  const figure = (value: unknown) => (value === null || value === undefined ? null : Number(value))
  return {
    environment: String(row.environment),
    caller: String(row.caller),
    callerKind: row.caller_kind as NodeKind, // as call_edges names them
    release: textOrNone(row.release) ?? null,
    callee: String(row.callee),
    calleeKind: row.callee_kind as NodeKind,
    isAsync: row.is_async === true,
    calls: figure(row.calls),
    errors: figure(row.errors),
    avgMs: figure(row.avg_ms),
    p50Ms: figure(row.p50_ms),
    p95Ms: figure(row.p95_ms),
    p99Ms: figure(row.p99_ms),
    traceId: textOrNone(row.trace_id) ?? null,
  }
}
