import { isSameProcess, type LogFact, type Observed, type SpanFact } from './facts.ts'
import { waitsOf } from './waits.ts'

/**
 * What one process did for one request: its spans in one piece, from where the request entered it. What a service does
 * for an operation is nearly the same each time, so that what changes can be told from what varies.
 */
export interface Execution {
  /** Service and entry operation: executions of one key are compared with each other. */
  readonly key: string
  readonly service: string
  readonly instance: string
  readonly operation: string
  readonly traceId: string
  readonly start: number
  /** What was done, said and called in it. */
  readonly marks: ReadonlySet<string>
  /** Milliseconds, by what they were spent on. */
  readonly waits: ReadonlyMap<string, number>
  /** Executions that it called, in order of time. */
  readonly called: readonly Execution[]
}

/** What a mark says and how it reads. */
export interface Mark {
  readonly kind: 'did' | 'called' | 'logged' | 'failed'
  readonly text: string
  /** Whoever has it is in trouble. */
  readonly isTrouble: boolean
}

export interface Executions {
  readonly all: readonly Execution[]
  readonly marks: ReadonlyMap<string, Mark>
}

interface Growing extends Execution {
  readonly marks: Set<string>
  readonly called: Execution[]
  readonly spans: SpanFact[]
  waits: ReadonlyMap<string, number>
}

/** Puts spans and logs together to executions. Spans whose parent is missing begin one of their own. */
export function executionsOf({ spans, logs }: Observed): Executions {
  const byId = new Map(spans.map(span => [idOf(span.traceId, span.spanId), span]))
  const children = Map.groupBy(
    spans.filter(({ parentSpanId }) => parentSpanId !== undefined),
    ({ traceId, parentSpanId }) => idOf(traceId, parentSpanId!),
  )
  const marks = new Map<string, Mark>()
  const mark = (execution: Growing, id: string, told: () => Mark) => {
    execution.marks.add(id)
    if (!marks.has(id)) marks.set(id, told())
  }
  const all: Growing[] = []
  const executionOf = new Map<SpanFact, Growing>()
  // Parents begin before their children, but for clocks: a child is placed with its parent whenever that was placed.
  for (const root of spans.toSorted((a, b) => a.start - b.start)) {
    const way: SpanFact[] = []
    for (let span: SpanFact | undefined = root; span !== undefined && !executionOf.has(span); ) {
      way.push(span)
      const parent = parentOf(span, byId)
      span = parent === undefined || way.includes(parent) ? undefined : parent
    }
    for (const span of way.toReversed()) place(span)
  }

  function place(span: SpanFact): void {
    const parent = parentOf(span, byId)
    const above = parent === undefined ? undefined : executionOf.get(parent)
    if (parent !== undefined && above !== undefined && isSameProcess(parent, span)) {
      above.spans.push(span)
      executionOf.set(span, above)
      mark(above, `did ${span.operation}`, () => ({ kind: 'did', text: span.operation, isTrouble: false }))
    } else {
      const { service, instance, operation, traceId, start } = span
      const key = `${service} ${operation}`
      const execution: Growing = {
        ...{ key, service, instance, operation, traceId, start },
        ...{ marks: new Set(), called: [], spans: [span], waits: new Map() },
      }
      executionOf.set(span, execution)
      all.push(execution)
      if (above !== undefined) {
        above.called.push(execution)
        mark(above, `called ${key}`, () => ({ kind: 'called', text: key, isTrouble: false }))
      }
    }
    if (span.failed) {
      const own = executionOf.get(span)!
      mark(own, `failed ${span.operation}`, () => ({ kind: 'failed', text: span.operation, isTrouble: true }))
    }
  }

  for (const log of logs) {
    const span = byId.get(idOf(log.traceId, log.spanId))
    if (span !== undefined) mark(executionOf.get(span)!, `logged ${log.group}`, () => markOfLog(log))
  }
  for (const execution of all) execution.waits = waitsOf(execution.spans, span => children.get(idOfSpan(span)) ?? [])
  return { all, marks }
}

function markOfLog({ text, isTrouble }: LogFact): Mark {
  return { kind: 'logged', text, isTrouble }
}

function parentOf(span: SpanFact, byId: ReadonlyMap<string, SpanFact>): SpanFact | undefined {
  return span.parentSpanId === undefined ? undefined : byId.get(idOf(span.traceId, span.parentSpanId))
}

function idOf(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`
}

function idOfSpan({ traceId, spanId }: SpanFact): string {
  return idOf(traceId, spanId)
}
