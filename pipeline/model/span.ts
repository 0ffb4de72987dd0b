import type { Attributes } from './attributes.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Resource, Scope } from './resource.ts'

/** opentelemetry-proto trace.v1.Span. Ids are lower-case hex, '' where unset; times are nanoseconds since 1970. */
export interface Span {
  readonly resource: Resource
  readonly scope: Scope
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly flags: number
  readonly name: string
  /** SpanKind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly startTimeUnixNano: bigint
  readonly endTimeUnixNano: bigint
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly events: readonly SpanEvent[]
  readonly droppedEventsCount: number
  readonly links: readonly SpanLink[]
  readonly droppedLinksCount: number
  /** StatusCode: 0 unset, 1 ok, 2 error. */
  readonly statusCode: number
  readonly statusMessage: string
  /** Not of OTLP: that of the span's first exception event, if the `fingerprint` processor saw one. */
  readonly fingerprint?: Fingerprint | undefined
  /** Not of OTLP: exceptions of the span after the first that are problems of their own, each once. */
  readonly otherProblems?: readonly SpanProblem[] | undefined
}

export interface SpanProblem {
  readonly fingerprint: Fingerprint
  /** Which of the span's events tells of it. */
  readonly event: number
}

export interface SpanEvent {
  readonly timeUnixNano: bigint
  readonly name: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly flags: number
}
