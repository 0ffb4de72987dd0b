import type { Attributes, AttributeValue } from './attributes.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Resource, Scope } from './resource.ts'
import type { Routing } from './routing.ts'

/** opentelemetry-proto logs.v1.LogRecord. Ids are lower-case hex, '' where unset; times are nanoseconds since 1970. */
export interface LogRecord {
  readonly resource: Resource
  readonly scope: Scope
  /** 0 where the source did not say. */
  readonly timeUnixNano: bigint
  readonly observedTimeUnixNano: bigint
  /** SeverityNumber 1..24, 0 unspecified. */
  readonly severityNumber: number
  readonly severityText: string
  readonly body: AttributeValue
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly flags: number
  readonly traceId: string
  readonly spanId: string
  /** Names the event that this record is; '' for an ordinary log line. */
  readonly eventName: string
  /** Not of OTLP: what the `fingerprint` processor recognised. */
  readonly fingerprint?: Fingerprint | undefined
  /** Not of OTLP: how whoever is told of the record is told; see `Routing`. */
  readonly routing?: Routing | undefined
}
