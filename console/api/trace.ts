import { z } from 'zod'
import { type ComparedCall, compareTraces, whatDiffers } from '../../analysis/trace/compare.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { textOrNone } from '../../store/reading.ts'
import { readSpan, readTrace, type StoredLog, type StoredSpan } from '../../store/trace.ts'
import { readTreesOf, sampleRequests, usualRequest } from '../../store/traces/sample.ts'
import { endpoint, NotFound } from '../server/endpoint.ts'

export interface TraceAnswer {
  readonly trace_id: string
  readonly started: string
  readonly spans: readonly Omit<StoredSpan, 'timestamp'>[]
  readonly logs: readonly Omit<StoredLog, 'timestamp'>[]
}

const SPAN_ID = z.string().regex(/^[0-9a-f]{16}$/, 'a span id is 16 hex digits')
const TRACE_ID = z.string().regex(/^[0-9a-f]{32}$/, 'a trace id is 32 hex digits')
const PART_OF_ID_MS = 7 * 86_400_000

export const trace = endpoint({
  name: 'trace',
  query: z.strictObject({ id: z.string().min(1).max(200) }),
  async answer({ access, read }, { id }): Promise<TraceAnswer> {
    const since = new Date(+access.now - PART_OF_ID_MS)
    const found = await readTrace(read, id, since, access.services ?? null).catch((error: unknown) => {
      if (error instanceof SensoriumError && error.code === 'USAGE') throw new NotFound(error.message)
      throw error
    })
    return {
      trace_id: found.trace_id,
      started: found.started.toISOString(),
      spans: found.spans.map(({ timestamp: _, ...span }) => span),
      logs: found.logs.map(({ timestamp: _, ...log }) => log),
    }
  },
})

export interface TraceSpanAnswer {
  readonly span: Readonly<Record<string, unknown>>
}

export const traceSpan = endpoint({
  name: 'trace-span',
  query: z.strictObject({ trace: TRACE_ID, span: SPAN_ID }),
  async answer({ access, read }, { trace, span }): Promise<TraceSpanAnswer> {
    const found = await readSpan(read, trace, span, access.services ?? null)
    if (found === undefined) throw new NotFound('there is no such span')
    return { span: found }
  },
})

export interface TraceComparison {
  readonly service: string
  readonly operation: string
  readonly sampled: number
  readonly durationMs: number
  /** Absent where no request of the operation went well. */
  readonly good?: { readonly traceId: string; readonly at: string; readonly durationMs: number }
  readonly calls: readonly ComparedCall[]
  readonly differs: readonly ComparedCall[]
}

/** So far before and after a trace others of its operation are looked for. */
const AROUND_MS = 3 * 3_600_000
const SAMPLE = 300

export const traceComparison = endpoint({
  name: 'trace-comparison',
  query: z.strictObject({ trace: TRACE_ID, span: SPAN_ID.optional() }),
  async answer({ access, read }, { trace, span }): Promise<TraceComparison> {
    const visible = access.services ?? null
    const [own] = await read(
      `SELECT span_id, service, operation_name, environment, timestamp, duration_ms FROM trace_spans
       WHERE trace_id = $1 AND is_among(service, $2::text[]) AND ($3::text IS NULL OR span_id = $3)
       ORDER BY parent_span_id IS NOT NULL, start_time_unix_nano LIMIT 1`,
      [trace, visible, span ?? null],
    )
    if (own === undefined) throw new NotFound('nothing is stored of this trace')
    const at = Date.parse(String(own.timestamp))
    const operation = { service: String(own.service), operation: String(own.operation_name) }
    const env = textOrNone(own.environment) ?? '*'
    const scope = { from: new Date(at - AROUND_MS), to: new Date(at + AROUND_MS), env, visible }
    const requests = await sampleRequests(read, scope, operation, SAMPLE)
    const good = usualRequest(requests, trace)
    const durationMs = Number(own.duration_ms)
    const answer = { ...operation, sampled: requests.length, durationMs }
    if (good === undefined) return { ...answer, calls: [], differs: [] }
    const here = { traceId: trace, spanId: String(own.span_id), at: '', failed: false, durationMs }
    const { trees } = await readTreesOf(read, [here, good], visible)
    const [a, b] = [trees.get(trace), trees.get(good.traceId)]
    const calls = a === undefined || b === undefined ? [] : compareTraces(a, b)
    return {
      ...answer,
      good: { traceId: good.traceId, at: good.at, durationMs: good.durationMs },
      calls,
      differs: whatDiffers(calls),
    }
  },
})
