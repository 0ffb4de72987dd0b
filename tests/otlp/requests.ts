import type protobuf from 'protobufjs'
import type { Signal } from '../../pipeline/model/index.ts'
import { messageType } from './schema.ts'

/**
 * OTLP requests and responses through protobufjs and the specification's tables: independent of our own decoder, and the
 * encoder of every test and benchmark that needs a request.
 */

/**
 * A message as protobufjs and OTLP/JSON both have it: lowerCamelCase fields, 64-bit integers as bigint, number or
 * decimal text, enums as number, bytes as Uint8Array. Ids may be hex text.
 */
export type Plain = { readonly [field: string]: unknown }

const SERVICES: Record<Signal, { readonly folder: string; readonly name: string }> = {
  traces: { folder: 'trace', name: 'Trace' },
  metrics: { folder: 'metrics', name: 'Metrics' },
  logs: { folder: 'logs', name: 'Logs' },
}

export { messageType }

export function requestType(signal: Signal): protobuf.Type {
  const { folder, name } = SERVICES[signal]
  return messageType(`collector.${folder}.v1.Export${name}ServiceRequest`)
}

export function responseType(signal: Signal): protobuf.Type {
  const { folder, name } = SERVICES[signal]
  return messageType(`collector.${folder}.v1.Export${name}ServiceResponse`)
}

/** protobufjs' own object of the message. */
export function messageOf(type: protobuf.Type, plain: Plain): protobuf.Message {
  // The copy has the fields of `plain`; Object.fromEntries does not say so.
  return type.fromObject(convert(plain, '') as Plain)
}

export function encodeMessage(type: protobuf.Type, plain: Plain): Buffer {
  const bytes = type.encode(messageOf(type, plain)).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** `{ resourceSpans: […] }`, `{ resourceLogs: […] }`, `{ resourceMetrics: […] }` as an OTLP/protobuf body. */
export function encodeRequest(signal: Signal, plain: Plain): Buffer {
  return encodeMessage(requestType(signal), plain)
}
export const encodeLogs = (plain: Plain) => encodeRequest('logs', plain)

export const ID_FIELDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId'])

/** protobufjs takes bytes and decimal text, tests write hex and bigint. */
function convert(value: unknown, field: string): unknown {
  if (typeof value === 'string' && ID_FIELDS.has(field)) return Buffer.from(value, 'hex')
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(entry => convert(entry, field))
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, convert(entry, key)]))
}
