import { WRONG_JSON_TYPE } from '../faults.ts'

export type JsonObject = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws RecordFault */
export function object(value: unknown): JsonObject {
  if (!isObject(value)) throw WRONG_JSON_TYPE
  return value
}

/** A message that may be absent. @throws RecordFault */
export function optionalObject(value: unknown): JsonObject | undefined {
  return value === undefined ? undefined : object(value)
}

/** A repeated field; empty where it is absent. @throws RecordFault */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw WRONG_JSON_TYPE
  return value
}

/**
 * The value of a field, `undefined` where it is absent or null. OTLP wants lowerCamelCase; like protobuf's own parsers
 * and the Collector we take the name of the .proto file too, since to ignore it would lose data without a word.
 */
export function field(message: JsonObject, name: string, protoName: string = name): unknown {
  return message[name] ?? message[protoName] ?? undefined
}
