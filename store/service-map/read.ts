import type pg from 'pg'
import { type DeclaredMap, type LearntEdge, mergeMap, type ServiceMap } from '../../analysis/service-map/merge.ts'

export interface ServiceMapOptions {
  readonly from: Date
  readonly until: Date
  readonly env?: string | undefined
  /** Edges of each release of the caller by themselves. */
  readonly byRelease?: boolean
  readonly declared?: DeclaredMap | undefined
}

/** The service map of a time: what was seen, beside what is declared. */
export async function readServiceMap(client: pg.ClientBase, options: ServiceMapOptions): Promise<ServiceMap> {
  const { from, until, env, byRelease = false, declared } = options
  const edges = await client.query<LearntEdge>(
    `SELECT environment, caller, caller_kind AS "callerKind", release, callee, callee_kind AS "calleeKind", is_async AS "isAsync",
       calls, errors, avg_ms AS "avgMs", p50_ms AS "p50Ms", p95_ms AS "p95Ms", p99_ms AS "p99Ms", trace_id AS "traceId"
     FROM call_edges($1, $2, NULL, $3, $4) ORDER BY environment, caller, release, calls DESC NULLS LAST, callee`,
    [from, until, env ?? null, byRelease],
  )
  const services = await client.query<{ service: string }>(
    `SELECT DISTINCT service FROM request_minutes WHERE minute >= $1 AND minute < $2 AND is_among(environment, environment_names($3)) ORDER BY 1`,
    [from, until, env ?? null],
  )
  return mergeMap(
    edges.rows,
    services.rows.map(({ service }) => service),
    declared,
  )
}
