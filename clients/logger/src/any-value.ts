import type { Json, JsonObject } from './parse-line.ts'

/** OTLP's AnyValue in its JSON. */
export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } }
  | Record<string, never>

export interface KeyValue {
  key: string
  value: AnyValue
}

const INT64_MAX = 2n ** 63n - 1n

export function anyValue(value: Json): AnyValue {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') {
    return value <= INT64_MAX && value >= -INT64_MAX ? { intValue: String(value) } : { stringValue: String(value) }
  }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return { kvlistValue: { values: keyValues(value) } }
}

/** Attributes without a value say nothing, and are left out. */
export function keyValues(object: JsonObject): KeyValue[] {
  const list: KeyValue[] = []
  for (const [key, value] of Object.entries(object)) {
    if (value !== null) list.push({ key, value: anyValue(value) })
  }
  return list
}
