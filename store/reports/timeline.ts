import { innermostFirst } from '../../analysis/causes/innermost.ts'
import { type Read, textOrNone, timeOf } from '../reading.ts'
import type { Trigger } from './triggers.ts'

export interface TimelineEntry {
  readonly at: number
  readonly text: string
}

const EVENTS_READ = 200
const EVENTS_TOLD = 30
const TEXT_CHARS_MAX = 200

export interface Before {
  readonly timeline: readonly TimelineEntry[]
  /** The problem of the innermost failure of the correlation id, one that is new before others. */
  readonly fingerprint: string | undefined
  /** Problems of its failures that nobody had before the window. */
  readonly begun: readonly string[]
}

/**
 * What happened before it: the records that name the correlation id of a debug event, across services and tables, else
 * the changes of the window. With the problem of the first failure among them.
 */
export async function readTimeline(
  read: Read,
  { correlationId }: Pick<Trigger, 'correlationId'>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<Before> {
  if (correlationId === undefined)
    return { timeline: await changesOf(read, from, to), fingerprint: undefined, begun: [] }
  const rows = await read(
    `SELECT * FROM id_timeline($1, $2, $3, NULL, false, ${EVENTS_READ}) ORDER BY timestamp LIMIT ${EVENTS_READ}`,
    [correlationId, from, to],
  )
  const isTrouble = (row: (typeof rows)[number]) => /^(?:error|fatal|critical)$/.test(String(row.level))
  const trouble = rows.filter(isTrouble)
  const told =
    rows.length <= EVENTS_TOLD ? rows : [...rows.slice(0, EVENTS_TOLD / 2), ...trouble.slice(0, EVENTS_TOLD / 2)]
  const timeline = told.map(row => {
    const words = [row.service, row.name, row.message].map(textOrNone).filter(Boolean).join(' ')
    return { at: timeOf(row.timestamp), text: `${row.what} ${words}`.slice(0, TEXT_CHARS_MAX) }
  })
  const failing = trouble.flatMap(row => {
    const fingerprint = textOrNone(row.fingerprint)
    if (fingerprint === undefined || String(row.name).startsWith('debug.')) return []
    const began = timeOf(row.timestamp)
    const ended = began + (Number(row.duration_ms) || 0)
    return [{ fingerprint, spanId: textOrNone(row.span_id), traceId: textOrNone(row.trace_id), began, ended }]
  })
  const traces = failing.flatMap(({ traceId }) => traceId ?? [])
  const inner = innermostFirst(failing, await parentsOf(read, [...new Set(traces)], from, to))
  const distinct = [...new Set(inner.map(({ fingerprint }) => fingerprint))]
  const begun = await begunAfter(read, distinct, from)
  return { timeline, fingerprint: distinct.find(one => begun.includes(one)) ?? distinct[0], begun }
}

/** Requests that one id leads to may be many; of those that are left out times tell. */
const TRACES_MAX = 20
const SPANS_MAX = 5_000

async function parentsOf(read: Read, traces: readonly string[], from: Date, to: Date): Promise<Map<string, string>> {
  if (traces.length === 0) return new Map()
  const rows = await read(
    `SELECT span_id, parent_span_id FROM trace_spans WHERE trace_id = ANY ($1) AND timestamp BETWEEN $2 AND $3
       AND parent_span_id IS NOT NULL LIMIT ${SPANS_MAX}`,
    [traces.slice(0, TRACES_MAX), from, to],
  )
  return new Map(rows.map(row => [String(row.span_id), String(row.parent_span_id)]))
}

async function begunAfter(read: Read, fingerprints: readonly string[], from: Date): Promise<string[]> {
  if (fingerprints.length === 0) return []
  const rows = await read(
    `SELECT f FROM unnest($1::text[]) f WHERE NOT EXISTS (
       SELECT FROM fingerprint_services s WHERE s.fingerprint = ('x' || f)::bit(64)::bigint AND s.first_seen <= $2)`,
    [fingerprints, from],
  )
  return rows.map(({ f }) => String(f))
}

async function changesOf(read: Read, from: Date, to: Date): Promise<TimelineEntry[]> {
  const rows = await read(
    `SELECT timestamp, concat_ws(' ', what, service, release, commit, title) AS text FROM deploy_events
     WHERE timestamp > $1 AND timestamp <= $2 ORDER BY timestamp LIMIT ${EVENTS_TOLD}`,
    [from, to],
  )
  return rows.map(row => ({ at: timeOf(row.timestamp), text: String(row.text).slice(0, TEXT_CHARS_MAX) }))
}
