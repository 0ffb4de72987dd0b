/** What the ranking of causes is given: spans, logs and metrics as facts, whatever table they come from. */

/** A span. Times are milliseconds since 1970, durations milliseconds, both with fractions. */
export interface SpanFact {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly service: string
  /** Which of the service's processes: pod, host or instance id; empty where it does not say. */
  readonly instance: string
  readonly operation: string
  readonly start: number
  readonly duration: number
  readonly failed: boolean
  /** What it calls that sends no spans of its own (a database, another company): its name; undefined for other spans. */
  readonly calls: string | undefined
}

/** A log record of a request. */
export interface LogFact {
  readonly traceId: string
  readonly spanId: string
  /** The group of its template (or its event): records of one statement have one. */
  readonly group: string
  /** The text that people see for the group. */
  readonly text: string
  /** Warning or worse. */
  readonly isTrouble: boolean
}

/** A series of an internal signal of one process: CPU, memory, garbage collection, a queue, a pool. */
export interface ResourceFact {
  readonly service: string
  readonly instance: string
  readonly name: string
  /** What it cannot exceed, in its own unit (100 of a percentage, the size of a pool); undefined where it is not known. */
  readonly limit: number | undefined
  /** In order of time. */
  readonly points: readonly { readonly at: number; readonly value: number }[]
}

/** The window that is explained, or the time that it is compared with. */
export interface Observed {
  readonly spans: readonly SpanFact[]
  readonly logs: readonly LogFact[]
}

export function isSameProcess(a: SpanFact, b: SpanFact): boolean {
  return a.service === b.service && a.instance === b.instance
}
