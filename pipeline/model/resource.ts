import type { Attributes } from './attributes.ts'

/** Who produced the telemetry. One object is shared by all records of a request that came under it. */
export interface Resource {
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
  readonly entityRefs: readonly EntityRef[]
}

/** Which of a resource's attributes identify an entity (opentelemetry-proto common.v1.EntityRef). */
export interface EntityRef {
  readonly schemaUrl: string
  readonly type: string
  readonly idKeys: readonly string[]
  readonly descriptionKeys: readonly string[]
}

/** The instrumentation scope; shared like the resource. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
}
