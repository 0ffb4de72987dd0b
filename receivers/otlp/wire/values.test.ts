import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { field, hex, nested, utf8 } from '../../../tests/otlp/bytes.ts'
import { Budget } from './budget.ts'
import * as faults from './faults.ts'
import { Reader } from './reader.ts'
import { type AttributesDraft, finished, readAnyValue, readAttribute } from './values.ts'

const MAX_NESTING = 4

function readerOf(bytes: Buffer): Reader {
  return new Reader(bytes, new Budget(bytes.length, { maxNesting: MAX_NESTING, maxRecords: 10 }))
}

/** `content` is what is inside the AnyValue. */
function valueOfBytes(...content: Buffer[]): unknown {
  return readAnyValue(readerOf(field(2, ...content).subarray(1)), null)
}

describe('each kind of AnyValue becomes the JavaScript type that the model says', () => {
  const cases: [string, string, unknown][] = [
    ['nothing', '', null],
    ['string_value', '0a 02 68 69', 'hi'],
    ['empty string_value is set', '0a 00', ''],
    ['bool_value', '10 01', true],
    ['bool_value false', '10 00', false],
    ['int_value', '18 96 01', 150n],
    ['int_value -1', '18 ff ff ff ff ff ff ff ff ff 01', -1n],
    ['double_value of a whole number stays a double', '21 00 00 00 00 00 00 f0 3f', 1],
    ['bytes_value', '3a 02 00 ff', new Uint8Array([0, 255])],
    ['empty bytes_value', '3a 00', new Uint8Array(0)],
    ['empty array_value', '2a 00', []],
    ['array_value [1, "a", nothing]', '2a 0b 0a 02 18 01 0a 03 0a 01 61 0a 00', [1n, 'a', null]],
    ['empty kvlist_value', '32 00', new Map()],
    ['kvlist_value {k: true}', '32 09 0a 07 0a 01 6b 12 02 10 01', new Map([['k', true]])],
    ['of two members the last stands', '0a 01 61 18 05', 5n],
    ['a member that profiles use counts as absent', '40 07', null],
    ['an unknown member', '0a 01 61 48 07', 'a'],
  ]
  for (const [name, bytes, expected] of cases)
    test(name, () => assert.deepStrictEqual(valueOfBytes(hex(bytes)), expected))
})

test('a list that was sent in two pieces is one list', () => {
  assert.deepStrictEqual(valueOfBytes(hex('2a 04 0a 02 18 01'), hex('2a 04 0a 02 18 02')), [1n, 2n])
  const pieces = valueOfBytes(hex('32 09 0a 07 0a 01 61 12 02 18 01'), hex('32 09 0a 07 0a 01 62 12 02 18 02'))
  assert.deepStrictEqual(pieces, new Map([['a', 1n], ['b', 2n]])) // biome-ignore format: one entry each
})

describe('attributes', () => {
  function attributesOf(...keyValues: Buffer[]) {
    let attributes: AttributesDraft | undefined
    for (const content of keyValues) attributes = readAttribute(readerOf(field(1, content).subarray(1)), attributes)
    return finished(attributes)
  }
  const cases: [string, Buffer[], Map<string, unknown>][] = [
    ['none', [], new Map()],
    ['key and value', [hex('0a 01 6b 12 03 0a 01 76')], new Map([['k', 'v']])],
    ['value before key', [hex('12 03 0a 01 76 0a 01 6b')], new Map([['k', 'v']])],
    ['without a value', [hex('0a 01 6b')], new Map([['k', null]])],
    ['without a key', [hex('12 02 10 01')], new Map([['', true]])],
    ['of equal keys the last stands', [hex('0a 01 6b 12 02 18 01'), hex('0a 01 6b 12 02 18 02')], new Map([['k', 2n]])],
    ['a value in two pieces is merged', [hex('0a 01 6b 12 03 0a 01 76 12 00')], new Map([['k', 'v']])],
    ['unknown fields are passed over', [hex('18 05 0a 01 6b 22 01 ff 12 03 0a 01 76')], new Map([['k', 'v']])],
  ]
  for (const [name, keyValues, expected] of cases) {
    test(name, () => assert.deepStrictEqual(attributesOf(...keyValues), expected))
  }
})

describe('nesting up to the limit is read, one level more is too deep', () => {
  /** An AnyValue's content: `levels` lists around a string. */
  const arrays = (levels: number): Buffer =>
    levels === 0 ? field(1, utf8('x')) : field(5, field(1, arrays(levels - 1)))
  const maps = (levels: number): Buffer =>
    levels === 0 ? field(1, utf8('x')) : field(6, field(1, field(1, utf8('k')), field(2, maps(levels - 1))))

  test('arrays', () => {
    assert.deepStrictEqual(valueOfBytes(arrays(MAX_NESTING)), [[[['x']]]])
    assert.throws(
      () => valueOfBytes(arrays(MAX_NESTING + 1)),
      error => error === faults.TOO_DEEP,
    )
  })

  test('key-value lists', () => {
    const map = (value: unknown) => new Map([['k', value]])
    assert.deepStrictEqual(valueOfBytes(maps(MAX_NESTING)), map(map(map(map('x')))))
    assert.throws(
      () => valueOfBytes(maps(MAX_NESTING + 1)),
      error => error === faults.TOO_DEEP,
    )
  })

  test('a hundred thousand levels do not overflow the stack', () => {
    const arrays = nested(200_000, [1, 5], utf8('')) // values = 1 in array_value = 5
    const maps = nested(300_000, [2, 1, 6], utf8('')) // value = 2 in values = 1 in kvlist_value = 6
    assert.throws(
      () => valueOfBytes(arrays),
      error => error === faults.TOO_DEEP,
    )
    assert.throws(
      () => valueOfBytes(maps),
      error => error === faults.TOO_DEEP,
    )
  })
})
