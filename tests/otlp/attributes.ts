import type { Plain } from './requests.ts'

/** As in the record model: `bigint` is an int_value, `number` a double_value, a nested object a kvlist_value. */
export type Value = string | boolean | bigint | number | Uint8Array | null | readonly Value[] | Values
export interface Values {
  readonly [key: string]: Value
}

/** KeyValues for a request: `attributes({ 'http.route': '/cart', 'http.response.status_code': 200n })`. */
export function attributes(values: Values): Plain[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }))
}

export function anyValue(value: Value): Plain {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: value }
  if (typeof value === 'number') return { doubleValue: value }
  if (value instanceof Uint8Array) return { bytesValue: value }
  if (isList(value)) return { arrayValue: { values: value.map(anyValue) } }
  return { kvlistValue: { values: attributes(value) } }
}

/** `Array.isArray` alone does not narrow a readonly array. */
function isList(value: readonly Value[] | Values): value is readonly Value[] {
  return Array.isArray(value)
}
