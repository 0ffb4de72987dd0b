import { listOf, textOrNone } from '../../store/reading.ts'

type Row = Readonly<Record<string, unknown>>

/** Requests of some time; times in milliseconds, absent where there were none. */
export interface Requests {
  readonly requests: number
  readonly errors: number
  readonly avgMs?: number | undefined
  readonly p50Ms?: number | undefined
  readonly p95Ms?: number | undefined
  readonly p99Ms?: number | undefined
  /** One of its traces: a failed one, if any is. */
  readonly traceId?: string | undefined
}

export interface RequestBar extends Requests {
  readonly at: number
}

/** Of a row with the figures of store/services. */
export function requestsOf(row: Row): Requests {
  const [p50, p95, p99] = listOf(row.q)
  return {
    requests: Number(row.requests ?? 0),
    errors: Number(row.errors ?? 0),
    avgMs: figure(row.avg_ms),
    p50Ms: figure(p50),
    p95Ms: figure(p95),
    p99Ms: figure(p99),
    traceId: textOrNone(row.trace_id),
  }
}

export function barsOf(rows: readonly Row[]): RequestBar[] {
  return rows.map(row => ({ at: Number(row.at), ...requestsOf(row) }))
}

function figure(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}
