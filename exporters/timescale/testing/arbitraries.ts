import fc from 'fast-check'
import type { Attributes, AttributeValue } from '../../../pipeline/model/index.ts'
import { exactNumber } from './exporter.ts'

/** Any text that JavaScript can hold: NUL, control characters, lone surrogates, and long enough for each way of writing. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\0', '\ud800', '\udc00', '"', '\\', '\n', 'a', '😀'), maxLength: 20 }),
)

/**
 * V8 13.6 reads a key of one character that JSON escapes (`"\\n"`) as a backslash once it has seen the key `"\\\\"`. The
 * fault is in how the test reads rows back, so such keys are left out.
 */
const anyKey = anyText.filter(text => text.length !== 1 || JSON.stringify(text).length === 3)

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

export const anyValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue; map: Attributes }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    anyText,
    int64,
    fc.bigInt({ min: -100n, max: 100n }),
    fc.double(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 12 }),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
  map: fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 4 }).map(pairs => new Map(pairs)),
})).value

export const anyAttributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(anyKey, anyValue), { maxLength: 8 })
  .map(pairs => new Map(pairs))

/** What is to be read back for `value`: the promise of JsonWriter, stated a second time and without its tricks. */
export function asStored(value: AttributeValue): unknown {
  if (typeof value === 'string') return storedText(value)
  if (typeof value === 'bigint') return exactNumber(String(value))
  if (typeof value === 'number') return Number.isFinite(value) ? exactNumber(String(value)) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, inner]) => [storedText(key), asStored(inner)]))
  return Array.isArray(value) ? value.map(asStored) : value
}

export function storedText(text: string): string {
  return Buffer.from(text.split('\0').join('\ufffd'), 'utf8').toString('utf8')
}
