import { type Attributes, type AttributeValue, NO_ATTRIBUTES } from '../../../pipeline/model/index.ts'
import { MAP_BYTES, PART_BYTES } from './budget.ts'
import { readBytes, readKey, readText } from './delimited.ts'
import { TOO_DEEP } from './faults.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'

/** Attributes while they are being read. */
export type AttributesDraft = Map<string, AttributeValue>

const KEY_VALUE = fields(1, 2)
const ANY_VALUE = fields(1, 2, 3, 4, 5, 6, 7)
const LIST = fields(1)

/** Adds the KeyValue that follows to `attributes`, or to a new map: most parts of a request have none. */
export function readAttribute(reader: Reader, attributes: AttributesDraft | undefined, depth = 0): AttributesDraft {
  const into = attributes ?? newAttributes(reader)
  const outer = reader.open()
  let key = ''
  let value: AttributeValue = null
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) key = readKey(reader)
    else if (tag === 0x12) value = readAnyValue(reader, value, depth)
    else skipUnknown(reader, tag, KEY_VALUE)
  }
  reader.end = outer
  into.set(key, value)
  return into
}

/** What `readAttribute` made, or did not have to. */
export function finished(attributes: AttributesDraft | undefined): Attributes {
  return attributes ?? NO_ATTRIBUTES
}

/**
 * The AnyValue that follows. `before` is what the same field already held: of scalars the last one stands, lists of
 * the same kind are continued, as protobuf merges a message that was sent in pieces.
 */
export function readAnyValue(reader: Reader, before: AttributeValue, depth = 0): AttributeValue {
  const outer = reader.open()
  let value = before
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    switch (tag) {
      case 0x0a:
        value = readText(reader)
        break
      case 0x10:
        value = reader.bool()
        break
      case 0x18:
        value = reader.int64()
        break
      case 0x21:
        value = reader.double()
        break
      case 0x2a:
        value = readArray(reader, value, depth + 1)
        break
      case 0x32:
        value = readKeyValueList(reader, value, depth + 1)
        break
      case 0x3a:
        value = readBytes(reader)
        break
      default:
        skipUnknown(reader, tag, ANY_VALUE)
    }
  }
  reader.end = outer
  return value
}

function readArray(reader: Reader, before: AttributeValue, depth: number): AttributeValue {
  if (depth > reader.budget.maxNesting) throw TOO_DEEP
  reader.budget.charge(PART_BYTES)
  const values: AttributeValue[] = Array.isArray(before) ? before : []
  const outer = reader.open()
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) values.push(readAnyValue(reader, null, depth))
    else skipUnknown(reader, tag, LIST)
  }
  reader.end = outer
  return values
}

function readKeyValueList(reader: Reader, before: AttributeValue, depth: number): AttributeValue {
  if (depth > reader.budget.maxNesting) throw TOO_DEEP
  let values: AttributesDraft = before instanceof Map ? before : newAttributes(reader)
  const outer = reader.open()
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) values = readAttribute(reader, values, depth)
    else skipUnknown(reader, tag, LIST)
  }
  reader.end = outer
  return values
}

function newAttributes(reader: Reader): AttributesDraft {
  reader.budget.charge(MAP_BYTES)
  return new Map()
}
