/**
 * An OTLP AnyValue as JavaScript sees it. The JavaScript type tells the OTLP type, so nothing is lost when a record
 * is sent on: `bigint` is int_value, `number` is double_value, `Uint8Array` bytes_value, an array array_value,
 * a map kvlist_value, and `null` an AnyValue with nothing set.
 */
export type AttributeValue =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly AttributeValue[]
  | Attributes
  | null

/** Key order is that of the wire. Of two equal keys, which OTLP forbids, the last one stands. */
export type Attributes = ReadonlyMap<string, AttributeValue>

export const NO_ATTRIBUTES: Attributes = new Map()

/** Attributes as two lists, in their order; filled again by each `read`. */
export interface AttributeLists {
  readonly keys: readonly string[]
  readonly values: readonly AttributeValue[]
  /** Returns how many there are; what lies behind them in the lists is of an earlier record. */
  read(attributes: Attributes): number
}

/** For who goes through those of every record: `for … of` over a Map makes an array for each pair. */
export function attributeLists(): AttributeLists {
  const keys: string[] = []
  const values: AttributeValue[] = []
  let count = 0
  const add = (value: AttributeValue, key: string) => {
    keys[count] = key
    values[count] = value
    count += 1
  }
  return {
    keys,
    values,
    read(attributes) {
      count = 0
      attributes.forEach(add)
      return count
    },
  }
}

/** Tells a kvlist from the other values: `instanceof` alone does not narrow a ReadonlyMap. */
export function isAttributes(value: AttributeValue): value is Attributes {
  return value instanceof Map
}

/** The attribute as text, for columns and comparisons; `undefined` where it is absent or empty. */
export function attributeText(attributes: Attributes, key: string): string | undefined {
  const value = attributes.get(key)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'object') return undefined
  return String(value)
}
