import { type Attributes, type AttributeValue, NO_ATTRIBUTES } from '../../../../pipeline/model/index.ts'
import { type Budget, COPY_BYTES, MAP_BYTES, MESSAGE_BYTES, PART_BYTES } from '../budget.ts'
import { TOO_DEEP, TWO_VALUES } from '../faults.ts'
import { field, list, object } from './objects.ts'
import { bool, bytes, double, int64, text } from './scalars.ts'

/** A list of KeyValue, or nothing. @throws RecordFault */
export function readAttributes(value: unknown, budget: Budget, depth = 0): Attributes {
  const entries = list(value)
  if (entries.length === 0) return NO_ATTRIBUTES
  budget.charge(MAP_BYTES + entries.length * 2 * MESSAGE_BYTES)
  const attributes = new Map<string, AttributeValue>()
  for (const entry of entries) {
    const pair = object(entry)
    attributes.set(text(field(pair, 'key')), readAnyValue(field(pair, 'value'), budget, depth))
  }
  return attributes
}

/** An AnyValue, or nothing. @throws RecordFault */
export function readAnyValue(value: unknown, budget: Budget, depth = 0): AttributeValue {
  if (value === undefined || value === null) return null
  const message = object(value)
  let read: AttributeValue = null
  let isSet = false
  for (const name in message) {
    const member = message[name]
    const reader = MEMBERS.get(name)
    if (reader === undefined || member === null) continue
    if (isSet) throw TWO_VALUES
    read = reader(member, budget, depth + 1)
    isSet = true
  }
  return read
}

type ReadMember = (value: unknown, budget: Budget, depth: number) => AttributeValue

/** Of the oneof in common.v1.AnyValue, under both their names. */
const MEMBERS: ReadonlyMap<string, ReadMember> = new Map<string, ReadMember>([
  ['stringValue', text],
  ['string_value', text],
  ['intValue', int64],
  ['int_value', int64],
  ['boolValue', bool],
  ['bool_value', bool],
  ['doubleValue', double],
  ['double_value', double],
  ['bytesValue', readBytes],
  ['bytes_value', readBytes],
  ['arrayValue', readArray],
  ['array_value', readArray],
  ['kvlistValue', readKeyValueList],
  ['kvlist_value', readKeyValueList],
])

function readBytes(value: unknown, budget: Budget): AttributeValue {
  budget.charge(COPY_BYTES)
  return bytes(value)
}

function readArray(value: unknown, budget: Budget, depth: number): AttributeValue {
  if (depth > budget.maxNesting) throw TOO_DEEP
  const values = list(field(object(value), 'values'))
  budget.charge(PART_BYTES + values.length * MESSAGE_BYTES)
  return values.map(entry => readAnyValue(entry, budget, depth))
}

function readKeyValueList(value: unknown, budget: Budget, depth: number): AttributeValue {
  if (depth > budget.maxNesting) throw TOO_DEEP
  return readAttributes(field(object(value), 'values'), budget, depth)
}
