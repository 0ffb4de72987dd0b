import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import protobuf from 'protobufjs'
import { SIGNALS, type Signal } from '../../../../pipeline/model/index.ts'
import { type Plain, requestType } from '../../../../tests/otlp/requests.ts'
import { MalformedRequestError } from '../faults.ts'
import { decodeJson } from './request.ts'

/** Fields of the profiles signal: to be ignored in the others. */
const NOT_OURS = new Set(['stringValueStrindex', 'keyStrindex'])
const METRIC_DATA = new Set(['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'])

interface Place {
  readonly name: string
  /** A request in which the field is there once, with a value that it cannot have. */
  readonly request: Plain
}

/** What must stand beside the field: a span's ids, or a record where a fault can show only in records that depend on it. */
function neighbours(type: protobuf.Type, field: string): Plain {
  const metric = { gauge: { dataPoints: [{}] } }
  if (type.name === 'Metric' && !METRIC_DATA.has(field)) return metric
  if ('dataPoints' in type.fields) return { dataPoints: [{}] }
  switch (type.name) {
    case 'Span':
      return { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }
    case 'ResourceSpans':
      return { scopeSpans: [{ spans: [{}] }] }
    case 'ScopeSpans':
      return { spans: [{}] }
    case 'ResourceLogs':
      return { scopeLogs: [{ logRecords: [{}] }] }
    case 'ScopeLogs':
      return { logRecords: [{}] }
    case 'ResourceMetrics':
      return { scopeMetrics: [{ metrics: [metric] }] }
    case 'ScopeMetrics':
      return { metrics: [metric] }
    default:
      return {}
  }
}

function wrongValue({ type, repeated }: protobuf.Field): unknown {
  if (repeated) return { 0: 'a list is not an object' }
  return type === 'string' || type === 'bytes' ? 5 : type === 'bool' ? 'true' : true
}

/** Every field of every message below `type`, by reflection over the public .proto files. */
function places(type: protobuf.Type, wrap: (message: Plain) => Plain, above: readonly protobuf.Type[]): Place[] {
  if (above.includes(type)) return []
  return type.fieldsArray.flatMap(field => {
    const { name, resolvedType, repeated } = field
    if (NOT_OURS.has(name)) return []
    const around = (value: unknown) => wrap({ ...neighbours(type, name), [name]: value })
    const place = { name: `${type.name}.${name}`, request: around(wrongValue(field)) }
    if (!(resolvedType instanceof protobuf.Type)) return [place]
    const below = (message: Plain) => around(repeated ? [message] : message)
    return [place, ...places(resolvedType, below, [...above, type])]
  })
}

function faultsOf(signal: Signal, request: Plain): string {
  try {
    const { rejected } = decodeJson(signal, Buffer.from(JSON.stringify(request)), { maxNesting: 8, maxRecords: 10 })
    return rejected.map(({ message }) => message).join()
  } catch (error) {
    assert.ok(error instanceof MalformedRequestError)
    return error.message
  }
}

for (const signal of SIGNALS) {
  describe(`a field of ${signal} with a JSON value that it cannot have is a fault, and not lost`, () => {
    const all = places(requestType(signal), message => message, [])
    test('there are as many as the .proto files have', () => assert.ok(all.length > 60, `only ${all.length}`))
    for (const { name, request } of all) {
      test(name, () => assert.match(faultsOf(signal, request), /wrong JSON type/))
    }
  })
}
