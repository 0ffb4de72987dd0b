import type { LogFact, Observed, ResourceFact, SpanFact } from '../analysis/causes/index.ts'
import { type Read, textOrNone, timeOf } from './reading.ts'

/** What is read of one environment; services that the asker may see, null for all. */
export interface Observation {
  readonly from: Date
  readonly to: Date
  readonly env: string
  readonly visible: readonly string[] | null
}

/** So many spans of a range are looked at: whole traces, chosen by their ids, the same ones every time. */
const SPANS_MAX = 40_000
/** Times are sent as text to the microsecond: a date has milliseconds. */
const ROWS_MAX = 2 * SPANS_MAX
const PER_BYTE = 256
/** Signals from inside a process, which tell causes; latencies and error rates tell victims too, and are in the spans. */
const RESOURCE_NAMES =
  '(cpu|memory|heap|gc|garbage|queue|pool|thread|worker|connection|disk|file_descriptor|utili[sz]ation|saturation|lag)'
const SERIES_MAX = 2_000
const POINTS_MAX = 200_000

/** The spans and the logs of a range, as the ranking of causes takes them. */
export async function readObserved(
  read: Read,
  { from, to, env, visible }: Observation,
  spansMax = SPANS_MAX,
): Promise<Observed> {
  const range = [from, to, env, visible]
  const [counted] = await read('SELECT count(*)::int AS spans FROM spans WHERE timestamp > $1 AND timestamp <= $2', [
    from,
    to,
  ])
  // The last byte of a trace id is random with every SDK.
  const bytes = Math.max(1, Math.min(PER_BYTE, Math.floor((PER_BYTE * spansMax) / Math.max(1, Number(counted!.spans)))))
  const spans = await read(`SELECT * FROM observed_spans($1, $2, $3, $4, $5) LIMIT ${ROWS_MAX}`, [...range, bytes])
  const logs = await read(`SELECT * FROM observed_logs($1, $2, $3, $4, $5) LIMIT ${ROWS_MAX}`, [...range, bytes])
  return { spans: spans.map(spanOf), logs: logs.map(logOf) }
}

/** Internal signals of the processes of a range. */
export async function readResources(read: Read, { from, to, env, visible }: Observation): Promise<ResourceFact[]> {
  const rows = await read(`SELECT * FROM observed_resources($1, $2, $3, $4, $5, ${SERIES_MAX}) LIMIT ${POINTS_MAX}`, [
    from,
    to,
    env,
    visible,
    RESOURCE_NAMES,
  ])
  return [...Map.groupBy(rows, ({ series_id: id }) => String(id)).values()].map(points => {
    const { service, instance, metric_name: name, unit } = points[0]!
    return {
      ...{ service: String(service), instance: String(instance), name: String(name), limit: limitOf(unit, name) },
      points: points.map(({ at, value }) => ({ at: timeOf(at), value: Number(value) })),
    }
  })
}

/** A share is at its limit at 1, a percentage at 100. */
function limitOf(unit: unknown, name: unknown): number | undefined {
  if (unit === '%') return 100
  return unit === '1' && /utili[sz]ation|ratio|saturation/.test(String(name)) ? 1 : undefined
}

function spanOf(row: Readonly<Record<string, unknown>>): SpanFact {
  return {
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    parentSpanId: textOrNone(row.parent_span_id),
    service: String(row.service),
    instance: String(row.instance),
    operation: String(row.operation),
    start: Number(row.start_ms),
    duration: Number(row.duration_ms),
    failed: row.failed === true,
    calls: textOrNone(row.calls),
  }
}

function logOf(row: Readonly<Record<string, unknown>>): LogFact {
  return {
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    group: String(row.log_group),
    text: String(row.text),
    isTrouble: row.is_trouble === true,
  }
}
