import { type Attributes, type AttributeValue, type Item, isAttributes } from '../../pipeline/model/index.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/**
 * A record as JSON, with the member names of the record model. Members that are empty, zero or false are left out;
 * times and counts are decimal text, since they do not fit a JSON number. Attributes are objects. In them, and in
 * `body` and `value`, types stay apart: 5 is an int, 5.5 a double, and what JSON has no form for is an object of one
 * member: `{"$double": 5}` (or "NaN", "Infinity", "-0"), `{"$int": "9007199254740993"}`, `{"$bytes": "<base64>"}`.
 */
export function recordJson(item: Item): JsonObject {
  return membersJson(item)
}

/** Members that hold what an attribute could; a data point's `value` is an object of members again. */
const TYPED_MEMBERS: ReadonlySet<string> = new Set(['body', 'value'])
/** Members that are `undefined` where the sender left them out, and may be zero. */
const OPTIONAL_MEMBERS: ReadonlySet<string> = new Set(['sum', 'min', 'max'])

function membersJson(part: object): JsonObject {
  const members: [string, Json][] = []
  for (const [key, value] of Object.entries(part) as [string, unknown][]) {
    if (TYPED_MEMBERS.has(key) && !isPart(value))
      members.push([key, valueJson(value as AttributeValue)]) // as the model says
    else if (OPTIONAL_MEMBERS.has(key) ? value !== undefined : !isDefault(value)) members.push([key, memberJson(value)])
  }
  return Object.fromEntries(members)
}

/** An object with members of the model, as opposed to an attribute value. */
function isPart(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function memberJson(value: unknown): Json {
  if (value instanceof Map) return attributesJson(value)
  if (Array.isArray(value)) return value.map(memberJson)
  if (typeof value === 'object' && value !== null) return membersJson(value)
  if (typeof value === 'number') return isJsonNumber(value) ? value : numberText(value)
  return typeof value === 'boolean' ? value : String(value)
}

function isDefault(value: unknown): boolean {
  if (value === undefined || value === '' || Object.is(value, 0) || value === 0n || value === false) return true
  return value instanceof Map ? value.size === 0 : Array.isArray(value) && value.length === 0
}

function attributesJson(attributes: Attributes): JsonObject {
  return Object.fromEntries([...attributes].map(([key, value]) => [key, valueJson(value)]))
}

export function valueJson(value: AttributeValue): Json {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) }
    case 'number':
      if (!isJsonNumber(value)) return { $double: numberText(value) }
      return Number.isInteger(value) ? { $double: value } : value
    case 'object':
      if (value === null) return null
      if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
      return isAttributes(value) ? attributesJson(value) : value.map(valueJson)
    default:
      return value
  }
}

/** JSON has neither NaN, nor infinity, nor a zero with a sign. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
