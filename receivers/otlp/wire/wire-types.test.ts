import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import protobuf from 'protobufjs'
import { SIGNALS, type Signal } from '../../../pipeline/model/index.ts'
import { field, varint } from '../../../tests/otlp/bytes.ts'
import { requestType } from '../../../tests/otlp/requests.ts'
import { MalformedRequestError } from './faults.ts'
import { decodeProtobuf } from './request.ts'

/** Fields of the profiles signal: to be ignored in the others. */
const NOT_OURS = new Set(['stringValueStrindex', 'keyStrindex'])

interface Place {
  readonly name: string
  /** A request in which the field is there once, with a wire type that it never has. */
  readonly body: Buffer
}

const METRIC_DATA = new Set([5, 7, 9, 10, 11])

/** A record beside the field, where the fault of the field can show only in records that depend on it. */
function neighbour(type: protobuf.Type, fieldId: number): Buffer {
  if (/^Resource(Spans|Logs|Metrics)$/.test(type.name)) return field(2, field(2, field(5, field(1))))
  if (/^Scope(Spans|Logs|Metrics)$/.test(type.name)) return field(2, field(5, field(1)))
  if (type.name === 'Metric' && !METRIC_DATA.has(fieldId)) return field(5, field(1))
  return 'dataPoints' in type.fields ? field(1) : Buffer.alloc(0)
}

/** Every field of every message below `type`, by reflection over the public .proto files. */
function places(type: protobuf.Type, wrap: (content: Buffer) => Buffer, above: readonly protobuf.Type[]): Place[] {
  if (above.includes(type)) return []
  return type.fieldsArray.flatMap(({ id, name, type: scalar, resolvedType }) => {
    if (NOT_OURS.has(name)) return []
    const around = (content: Buffer) => wrap(Buffer.concat([content, neighbour(type, id)]))
    const wrongType = scalar === 'fixed32' ? 0 : 5
    const content = Buffer.concat([varint((id << 3) | wrongType), Buffer.alloc(wrongType === 0 ? 1 : 4)])
    const place = { name: `${type.name}.${name}`, body: around(content) }
    if (!(resolvedType instanceof protobuf.Type)) return [place]
    return [place, ...places(resolvedType, inner => around(field(id, inner)), [...above, type])]
  })
}

function faultsOf(signal: Signal, body: Buffer): string {
  try {
    const { rejected } = decodeProtobuf(signal, body, { maxNesting: 8, maxRecords: 10 })
    return rejected.map(({ message }) => message).join()
  } catch (error) {
    assert.ok(error instanceof MalformedRequestError)
    return error.message
  }
}

for (const signal of SIGNALS) {
  describe(`a field of ${signal} with a wire type that it never has is a fault, and not lost`, () => {
    const all = places(requestType(signal), content => content, [])
    test('there are as many as the .proto files have', () => assert.ok(all.length > 60, `only ${all.length}`))
    for (const { name, body } of all) test(name, () => assert.match(faultsOf(signal, body), /wrong wire type/))
  })
}
