import fc from 'fast-check'
import type { Plain } from './requests.ts'

/**
 * Any value that a field of OTLP can have, as fast-check arbitraries of plain messages: every field there or not, the
 * edges of every range, texts of every length class and alphabet.
 */

/** Any subset of the fields. */
export function message(fields: { readonly [field: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<Plain> {
  return fc.record(fields, { requiredKeys: [] })
}

export const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ minLength: 28, maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '\0', 'a\0b', 'ünïcödé', '😀', 'http.request.method', 'x'.repeat(300)),
)
const MAX_INT64 = 2n ** 63n - 1n
export const int64 = fc.oneof(fc.bigInt(-MAX_INT64 - 1n, MAX_INT64), fc.bigInt(-300n, 300n))
/** What a time and a count may be. */
export const positive64 = fc.oneof(fc.bigInt(0n, MAX_INT64), fc.bigInt(0n, 2000n))
export const uint32 = fc.oneof(fc.nat(0xffff_ffff), fc.nat(200))
export const int32 = fc.oneof(fc.integer(), fc.integer({ min: -70, max: 200 }))
/** Without -0, which JSON.stringify writes as 0. */
export const double = fc
  .oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -Infinity, Number.MIN_VALUE))
  .map(number => (Object.is(number, -0) ? 0 : number))
export const bytes = fc.uint8Array({ maxLength: 20 })

export const traceId = id(16)
export const spanId = id(8)
export const optionalTraceId = fc.oneof(traceId, fc.constantFrom(new Uint8Array(0), new Uint8Array(16)))
export const optionalSpanId = fc.oneof(spanId, fc.constantFrom(new Uint8Array(0), new Uint8Array(8)))

function id(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length }).filter(value => value.some(byte => byte !== 0))
}

const { anyValue } = fc.letrec<{ anyValue: Plain; keyValue: Plain }>(tie => ({
  anyValue: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.oneof(
      fc.constant({}),
      text.map(stringValue => ({ stringValue })),
      fc.boolean().map(boolValue => ({ boolValue })),
      int64.map(intValue => ({ intValue })),
      double.map(doubleValue => ({ doubleValue })),
      bytes.map(bytesValue => ({ bytesValue })),
    ),
    fc.array(tie('anyValue'), { maxLength: 3 }).map(values => ({ arrayValue: { values } })),
    fc.array(tie('keyValue'), { maxLength: 3 }).map(values => ({ kvlistValue: { values } })),
  ),
  keyValue: message({ key: text, value: tie('anyValue') }),
}))

export { anyValue }

/** Some keys come twice. */
const key = fc.oneof(text, fc.constantFrom('service.name', 'http.route', 'error'))
export const attributes = fc.array(message({ key, value: anyValue }), { maxLength: 4 })
