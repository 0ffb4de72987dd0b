import { bytes, type Field, integer, message } from './protobuf.ts'

/**
 * Writes ONNX files: just as much of onnx.proto as a small transformer needs. Field numbers and type codes are those
 * of the ONNX specification's onnx.proto (IR version 8, operator set 17).
 */
export const FLOAT = 1
const INT8 = 3
export const INT64 = 7
export const FLOAT16 = 10

const IR_VERSION = 8
const OPERATOR_SET = 17

export interface Weights {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array | BigInt64Array | Int8Array
}

export type Attribute = number | readonly number[] | { readonly float: number }

export interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** A number or list is written as INT or INTS. */
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export interface Port {
  readonly name: string
  readonly type: typeof FLOAT | typeof INT64 | typeof FLOAT16
  /** A name stands for a size that only the call knows. */
  readonly shape: readonly (number | string)[]
}

export interface Graph {
  readonly nodes: readonly Node[]
  readonly weights: readonly Weights[]
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
}

/** The bytes of a `.onnx` file. */
export function encodeModel(graph: Graph): Uint8Array {
  return Buffer.concat([
    integer(1, IR_VERSION),
    message(7, [
      ...graph.nodes.map(node => message(1, nodeFields(node))),
      bytes(2, 'tiny'),
      ...graph.weights.map(weights => message(5, tensorFields(weights))),
      ...graph.inputs.map(port => message(11, portFields(port))),
      ...graph.outputs.map(port => message(12, portFields(port))),
    ]),
    message(8, [integer(2, OPERATOR_SET)]),
  ])
}

function nodeFields(node: Node): Field[] {
  return [
    ...node.inputs.map(name => bytes(1, name)),
    ...node.outputs.map(name => bytes(2, name)),
    bytes(4, node.operator),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => message(5, attributeFields(name, value))),
  ]
}

function attributeFields(name: string, value: Attribute): Field[] {
  if (typeof value === 'number') return [bytes(1, name), integer(3, signed(value)), integer(20, 2)]
  if ('float' in value) {
    const data = Buffer.alloc(5)
    data[0] = 2 * 8 + 5 // field 2, four bytes
    data.writeFloatLE(value.float, 1)
    return [bytes(1, name), data, integer(20, 1)]
  }
  return [bytes(1, name), ...value.map(item => integer(8, item)), integer(20, 7)]
}

function signed(value: number): number {
  if (value < 0) throw new RangeError('count axes from the front')
  return value
}

function tensorFields({ name, shape, values }: Weights): Field[] {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const type = values instanceof Float32Array ? FLOAT : values instanceof Int8Array ? INT8 : INT64
  return [...shape.map(size => integer(1, size)), integer(2, type), bytes(8, name), bytes(9, data)]
}

function portFields({ name, type, shape }: Port): Field[] {
  const sizes = shape.map(size => message(1, [typeof size === 'number' ? integer(1, size) : bytes(2, size)]))
  return [bytes(1, name), message(2, [message(1, [integer(1, type), message(2, sizes)])])]
}
