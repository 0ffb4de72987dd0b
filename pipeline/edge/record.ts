import type { Attributes, AttributeValue, LogRecord, Resource, Scope } from '../model/index.ts'

/** SeverityNumber of the names that the edge formats use, and the text that goes with it. */
export const SEVERITIES = {
  debug: { severityNumber: 5, severityText: 'DEBUG' },
  info: { severityNumber: 9, severityText: 'INFO' },
  warn: { severityNumber: 13, severityText: 'WARN' },
  error: { severityNumber: 17, severityText: 'ERROR' },
  fatal: { severityNumber: 21, severityText: 'FATAL' },
} as const

type Given = Partial<LogRecord> & Pick<LogRecord, 'resource' | 'scope' | 'timeUnixNano' | 'body' | 'attributes'>

/** A log record with nothing set beside what is given. */
export function edgeRecord(given: Given): LogRecord {
  return {
    observedTimeUnixNano: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...given,
  }
}

/** Without the attributes that have no value. */
export function edgeResource(attributes: Readonly<Record<string, string | null | undefined>>): Resource {
  return { attributes: presentAttributes(attributes), droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
}

export function edgeScope(name: string): Scope {
  return { name, version: '', attributes: new Map(), droppedAttributesCount: 0, schemaUrl: '' }
}

export function presentAttributes(
  values: Readonly<Record<string, AttributeValue | undefined>>,
): Map<string, AttributeValue> {
  const present = Object.entries(values).filter(
    (entry): entry is [string, AttributeValue] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '',
  )
  return new Map(present)
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Deeper JSON than people write by hand; the OTLP receiver's limit. */
const MAX_DEPTH = 32

/** JSON as attribute values: whole numbers that a double holds exactly are integers. Too deep a part is its JSON text. */
export function attributeOf(json: Json, depth = 0): AttributeValue {
  if (depth >= MAX_DEPTH) return JSON.stringify(json)
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return json.map((item: Json) => attributeOf(item, depth + 1))
  if (typeof json !== 'object' || json === null) return json
  const map: Attributes = new Map(Object.entries(json).map(([key, value]) => [key, attributeOf(value, depth + 1)]))
  return map
}

/** Milliseconds since 1970, as ISO 8601 has them, in OTLP's unit. */
export function unixNanoOf(iso: string): bigint {
  return BigInt(Date.parse(iso)) * 1_000_000n
}

export function nowUnixNano(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

/** The id of a trace or of a span as OTLP has it; any other text is none. */
export function hexOrEmpty(text: string | undefined, digits: number): string {
  const id = text?.toLowerCase() ?? ''
  return id.length === digits && /^[0-9a-f]+$/.test(id) ? id : ''
}
