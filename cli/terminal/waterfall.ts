import type { Line, Meaning } from './guard.ts'
import { cutTo, fitted } from './width.ts'

export interface TraceSpan {
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly service: string
  readonly operation_name: string
  readonly status: string
  readonly status_message: string | null
  /** Milliseconds from any fixed moment. */
  readonly start_ms: number
  readonly duration_ms: number
}

export interface TraceLog {
  readonly span_id: string | null
  readonly at_ms: number
  readonly level: string
  readonly service: string
  readonly message: string
}

interface Row {
  readonly depth: number
  readonly span?: TraceSpan
  readonly log?: TraceLog
}

/** Indentation past this says nothing more, and leaves no room for names. */
const MAX_INDENT = 12
const MIN_BAR = 10
const DURATION_CELLS = 9
/** A trace with more is a batch job: what comes later is counted. */
const MAX_ROWS = 2_000

/**
 * A trace as its spans follow from one another, each with a bar in the trace's own time; logs stand below the span that
 * wrote them. Spans whose parent is not stored stand at the top, so that all that is there is shown.
 */
export function waterfall(spans: readonly TraceSpan[], logs: readonly TraceLog[], columns: number): Line[] {
  const rows = inOrder(spans, logs)
  const startMs = minOf(spans.map(span => span.start_ms))
  const endMs = maxOf(spans.map(span => span.start_ms + span.duration_ms))
  const barCells = Math.max(MIN_BAR, Math.floor(columns * 0.3))
  const nameCells = Math.max(12, columns - barCells - DURATION_CELLS - 3)
  const lines = rows.slice(0, MAX_ROWS).map(row => lineOf(row, { startMs, endMs, nameCells, barCells, columns }))
  if (rows.length > MAX_ROWS) lines.push([`… and ${rows.length - MAX_ROWS} more rows`])
  return lines
}

function inOrder(spans: readonly TraceSpan[], logs: readonly TraceLog[]): Row[] {
  const known = new Set(spans.map(span => span.span_id))
  const children = Map.groupBy(spans, ({ parent_span_id: parent }) =>
    parent !== null && known.has(parent) ? parent : '',
  )
  const logsOf = Map.groupBy(logs, ({ span_id: id }) => (id !== null && known.has(id) ? id : ''))
  const rows: Row[] = (logsOf.get('') ?? []).map(log => ({ depth: 0, log }))
  const seen = new Set<string>()
  // A stack, not a recursion: whoever sends decides how deep a trace is.
  const open: { span: TraceSpan; depth: number }[] = []
  const push = (some: readonly TraceSpan[], depth: number) => {
    for (const span of some.toSorted((a, b) => b.start_ms - a.start_ms)) open.push({ span, depth })
  }
  // Spans that are one another's parents have no top: each begins one where it was not met before.
  for (const roots of [children.get('') ?? [], ...spans.map(span => [span])]) {
    push(
      roots.filter(span => !seen.has(span.span_id)),
      0,
    )
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { span, depth } = next
      if (seen.has(span.span_id)) continue
      seen.add(span.span_id)
      rows.push({ depth, span })
      for (const log of logsOf.get(span.span_id) ?? []) rows.push({ depth: depth + 1, log })
      push(children.get(span.span_id) ?? [], depth + 1)
    }
  }
  return rows
}

interface Frame {
  readonly startMs: number
  readonly endMs: number
  readonly nameCells: number
  readonly barCells: number
  readonly columns: number
}

function lineOf({ depth, span, log }: Row, frame: Frame): Line {
  const indent = ' '.repeat(2 * Math.min(depth, MAX_INDENT))
  if (span === undefined) {
    const text = `${indent}· ${log!.level} ${oneLine(log!.message)}`
    return [{ text: cutTo(text, frame.columns), means: levelMeaning(log!.level) ?? 'beside' }]
  }
  const isBad = span.status === 'error'
  const failure = isBad ? ` ✗ ${span.status_message ?? ''}`.trimEnd() : ''
  const name = fitted(
    `${indent}${oneLine(span.service)}  ${oneLine(span.operation_name)}${oneLine(failure)}`,
    frame.nameCells,
  )
  const means: Meaning | undefined = isBad ? 'bad' : undefined
  return [
    { text: name, means },
    ` ${durationText(span.duration_ms).padStart(DURATION_CELLS)}  `,
    { text: barOf(span, frame), means: means ?? 'good' },
  ]
}

function barOf(span: TraceSpan, { startMs, endMs, barCells }: Frame): string {
  const cellMs = Math.max(endMs - startMs, 1e-6) / barCells
  const from = Math.min(barCells - 1, Math.floor((span.start_ms - startMs) / cellMs))
  const cells = Math.max(1, Math.min(barCells - from, Math.round(span.duration_ms / cellMs)))
  return `${' '.repeat(from)}${'█'.repeat(cells)}`
}

/** `0.42 ms`, `314 ms`, `2.31 s`, `4 m 02 s`. */
export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`
  if (ms < 1_000) return `${ms.toFixed(0)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}

export function levelMeaning(level: string): Meaning | undefined {
  if (level === 'error' || level === 'fatal') return 'bad'
  return level === 'warn' ? 'warning' : undefined
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

function minOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

function maxOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
}
