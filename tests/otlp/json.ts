import protobuf from 'protobufjs'
import protojson from 'protobufjs/ext/protojson.js'
import type { Signal } from '../../pipeline/model/index.ts'
import { ID_FIELDS, messageOf, type Plain, requestType } from './requests.ts'

/** What a sender may do differently; all of these mean the same. */
export interface JsonStyle {
  /** `trace_id` for `traceId`. */
  readonly protoNames?: boolean
  /** 64-bit integers as JSON numbers instead of text. */
  readonly bareIntegers?: boolean
  /** `SPAN_KIND_SERVER` for 2. */
  readonly enumNames?: boolean
}

/** As `encodeRequest`, in OTLP/JSON: protobuf's JSON mapping by protobufjs, then ids in hex and enums as numbers. */
export function encodeRequestJson(signal: Signal, plain: Plain, style: JsonStyle = {}): Buffer {
  const type = requestType(signal)
  const json: unknown = protojson.toJson(type, messageOf(type, plain))
  return Buffer.from(JSON.stringify(restyle(type, json, style)))
}

const INTEGERS_64 = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'])

function restyle(type: protobuf.Type, json: unknown, style: JsonStyle): unknown {
  if (json === null || typeof json !== 'object') return json
  const entries = Object.entries(json).map(([key, value]) => {
    const field = type.fields[key]
    if (field === undefined) throw new Error(`${type.fullName} has no field ${key}`)
    return [style.protoNames ? snakeCase(key) : key, restyleField(field, value, style)]
  })
  return Object.fromEntries(entries)
}

function restyleField(field: protobuf.Field, value: unknown, style: JsonStyle): unknown {
  if (Array.isArray(value)) return value.map(entry => restyleField(field, entry, style))
  if (field.resolvedType instanceof protobuf.Type) return restyle(field.resolvedType, value, style)
  if (typeof value !== 'string') return value
  if (ID_FIELDS.has(field.name)) return Buffer.from(value, 'base64').toString('hex')
  if (field.resolvedType instanceof protobuf.Enum && !style.enumNames) return field.resolvedType.values[value]
  if (INTEGERS_64.has(field.type) && style.bareIntegers) return rawJson(value)
  return value
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** `JSON.rawJSON` writes digits that no JavaScript number can hold; TypeScript does not know it yet. */
function rawJson(digits: string): unknown {
  const { rawJSON } = JSON as JSON & { rawJSON(text: string): unknown }
  return rawJSON(digits)
}
