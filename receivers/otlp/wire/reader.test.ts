import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { field, hex, utf8 } from '../../../tests/otlp/bytes.ts'
import { Budget } from './budget.ts'
import { readBytes, readId, readIdIfValid, readKey, readText } from './delimited.ts'
import * as faults from './faults.ts'
import { Reader } from './reader.ts'

function readerOf(bytes: Buffer): Reader {
  return new Reader(bytes, new Budget(bytes.length, { maxNesting: 32, maxRecords: 10 }))
}

type Read = (reader: Reader) => unknown
const tag: Read = r => r.tag()
const length: Read = r => r.length()
const uint32: Read = r => r.uint32()
const int32: Read = r => r.int32()
const sint32: Read = r => r.sint32()
const bool: Read = r => r.bool()
const int64: Read = r => r.int64()
const varintCount: Read = r => r.varintCount()
const fixed32: Read = r => r.fixed32()
const sfixed64: Read = r => r.sfixed64()
const time: Read = r => r.time()
const count: Read = r => r.count()
const double: Read = r => r.double()
const string: Read = readText
const key: Read = readKey
const copy: Read = readBytes
const id16: Read = r => readId(r, 16)
const id8: Read = r => readId(r, 8)
const idIfValid8: Read = r => readIdIfValid(r, 8)

describe('every wire type is read as the protobuf specification writes it', () => {
  const cases: [string, Read, string, unknown][] = [
    ['tag of one byte', tag, '0a', 10],
    ['tag of two bytes: field 16, fixed32', tag, '85 01', 133],
    ['tag of the highest field number', tag, 'f8 ff ff ff 0f', 0xffff_fff8],
    ['varint 0', uint32, '00', 0],
    ['varint 127', uint32, '7f', 127],
    ['varint 150, the example of the specification', uint32, '96 01', 150],
    ['varint 300', uint32, 'ac 02', 300],
    ['uint32 max', uint32, 'ff ff ff ff 0f', 0xffff_ffff],
    ['a uint32 with more bits keeps the low 32', uint32, '81 80 80 80 f0 01', 1],
    ['a varint padded with empty bytes', uint32, '85 80 80 00', 5],
    ['int32 -2, sign-extended to ten bytes', int32, 'fe ff ff ff ff ff ff ff ff 01', -2],
    ['int32 max', int32, 'ff ff ff ff 07', 0x7fff_ffff],
    ['sint32 -1', sint32, '01', -1],
    ['sint32 1', sint32, '02', 1],
    ['sint32 -2^31', sint32, 'ff ff ff ff 0f', -0x8000_0000],
    ['sint32 2^31 - 1', sint32, 'fe ff ff ff 0f', 0x7fff_ffff],
    ['false', bool, '00', false],
    ['true', bool, '01', true],
    ['true by a high bit alone', bool, '80 80 80 80 80 80 80 80 80 01', true],
    ['int64 0', int64, '00', 0n],
    ['int64 1023', int64, 'ff 07', 1023n],
    ['int64 1024', int64, '80 08', 1024n],
    ['int64 2^32', int64, '80 80 80 80 10', 2n ** 32n],
    ['int64 2^53 + 1', int64, '81 80 80 80 80 80 80 10', 2n ** 53n + 1n],
    ['int64 max', int64, 'ff ff ff ff ff ff ff ff 7f', 2n ** 63n - 1n],
    ['int64 -1', int64, 'ff ff ff ff ff ff ff ff ff 01', -1n],
    ['int64 min', int64, '80 80 80 80 80 80 80 80 80 01', -(2n ** 63n)],
    ['uint64 count', varintCount, 'ff ff ff ff ff ff ff ff 7f', 2n ** 63n - 1n],
    ['fixed32', fixed32, '01 03 00 80', 0x8000_0301],
    ['sfixed64 -2', sfixed64, 'fe ff ff ff ff ff ff ff', -2n],
    ['time', time, '00 00 9a 9b 8a 7a 80 18', 0x18807a8a9b9a0000n],
    ['count', count, '03 00 00 00 00 00 00 00', 3n],
    ['double 1', double, '00 00 00 00 00 00 f0 3f', 1],
    ['double -0', double, '00 00 00 00 00 00 00 80', -0],
    ['double Infinity', double, '00 00 00 00 00 00 f0 7f', Number.POSITIVE_INFINITY],
    ['double NaN', double, '00 00 00 00 00 00 f8 7f', Number.NaN],
    ['empty string', string, '00', ''],
    ['"testing", the example of the specification', string, '07 74 65 73 74 69 6e 67', 'testing'],
    ['key', key, '03 61 2e 62', 'a.b'],
    ['NUL is a character', string, '03 61 00 62', 'a\0b'],
    ['é', string, '02 c3 a9', 'é'],
    ['bytes', copy, '02 ff 00', new Uint8Array([255, 0])],
    ['trace id', id16, '10 5b8efff798038103d269b633813fc60c', '5b8efff798038103d269b633813fc60c'],
    ['trace id that is not sent', id16, '00', ''],
    ['trace id of zeroes', id16, '10 00000000000000000000000000000000', ''],
    ['span id', id8, '08 eee19b7ec3c1b174', 'eee19b7ec3c1b174'],
    ['span id with one bit', id8, '08 0000000000000001', '0000000000000001'],
    ['span id where only a valid one counts', idIfValid8, '08 eee19b7ec3c1b174', 'eee19b7ec3c1b174'],
    ['span id of 7 bytes where only a valid one counts', idIfValid8, '07 eee19b7ec3c1b1', ''],
  ]
  for (const [name, read, bytes, expected] of cases) {
    test(name, () => {
      const reader = readerOf(hex(bytes))
      assert.deepStrictEqual(read(reader), expected)
      assert.equal(reader.pos, reader.end)
    })
  }
})

describe('bytes that are not what they should be are a named fault', () => {
  const cases: [string, Read, string, Error][] = [
    ['tag that breaks off', tag, '85', faults.TRUNCATED],
    ['tag of field 0', tag, '02', faults.BAD_TAG],
    ['tag of field 0 in two bytes', tag, '82 00', faults.BAD_TAG],
    ['tag above 32 bits', tag, 'f8 ff ff ff 1f', faults.BAD_TAG],
    ['tag of six bytes', tag, '8a 80 80 80 80 00', faults.BAD_VARINT],
    ['varint of nothing', uint32, '', faults.TRUNCATED],
    ['varint that breaks off', uint32, '80', faults.TRUNCATED],
    ['varint of eleven bytes', int64, 'ff ff ff ff ff ff ff ff ff ff 01', faults.BAD_VARINT],
    ['length past the end', length, '02 00', faults.TRUNCATED],
    ['length of 2^31', length, '80 80 80 80 08', faults.TRUNCATED],
    ['length of 2^32, whose low bits are 0', length, '80 80 80 80 10', faults.TRUNCATED],
    ['length of six bytes', length, '80 80 80 80 80 00', faults.BAD_VARINT],
    ['no length', length, '', faults.TRUNCATED],
    ['fixed32 of three bytes', fixed32, '01 02 03', faults.TRUNCATED],
    ['sfixed64 of seven bytes', sfixed64, '01 02 03 04 05 06 07', faults.TRUNCATED],
    ['double of seven bytes', double, '01 02 03 04 05 06 07', faults.TRUNCATED],
    ['time of seven bytes', time, '01 02 03 04 05 06 07', faults.TRUNCATED],
    ['time past 2262', time, '00 00 00 00 00 00 00 80', faults.TIME_OUT_OF_RANGE],
    ['count past int64', count, '00 00 00 00 00 00 00 80', faults.COUNT_OUT_OF_RANGE],
    ['uint64 count past int64', varintCount, '80 80 80 80 80 80 80 80 80 01', faults.COUNT_OUT_OF_RANGE],
    ['string past the end', string, '04 61 62 63', faults.TRUNCATED],
    ['bytes past the end', copy, '04 61 62 63', faults.TRUNCATED],
    ['trace id of 8 bytes', id16, '08 0102030405060708', faults.BAD_TRACE_ID],
    ['span id of 16 bytes', id8, '10 000102030405060708090a0b0c0d0e0f', faults.BAD_SPAN_ID],
  ]
  for (const [name, read, bytes, expected] of cases) {
    test(name, () => {
      assert.throws(
        () => read(readerOf(hex(bytes))),
        error => error === expected,
      )
    })
  }
})

test('nothing is read past the end of the message that is being read', () => {
  const inner = readerOf(hex('02 80 80', '01 01 01 01 01 01 01 01'))
  inner.open()
  for (const read of [uint32, int64, fixed32, sfixed64, time, double, length, string, copy, id8]) {
    inner.pos = 1
    assert.throws(
      () => read(inner),
      error => error === faults.TRUNCATED,
    )
  }
})

test('text of any length and alphabet is the same the first time and from the cache', () => {
  const texts = fc.oneof(fc.string({ maxLength: 70 }), fc.string({ unit: 'binary', maxLength: 30 }))
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 20 }), values => {
      for (const value of [...values, ...values]) {
        const bytes = field(1, utf8(value)).subarray(1)
        assert.equal(readText(readerOf(bytes)), value)
        assert.equal(readKey(readerOf(bytes)), value)
      }
    }),
  )
})

describe('bytes that are not UTF-8 become U+FFFD', () => {
  const cases: [string, string][] = [
    ['01 ff', '\ufffd'],
    ['04 61 c3 28 62', 'a\ufffd(b'],
    ['03 ed a0 80', '\ufffd\ufffd\ufffd'],
    ['03 61 62 e2', 'ab\ufffd'],
  ]
  for (const [bytes, expected] of cases) test(bytes, () => assert.equal(readText(readerOf(hex(bytes))), expected))

  test('in a text too long for the cache', () => {
    const bytes = field(1, utf8('x'.repeat(100)), hex('ff')).subarray(1)
    assert.equal(readText(readerOf(bytes)), `${'x'.repeat(100)}\ufffd`)
  })
})

test('bytes values are copies', () => {
  const body = hex('02 01 02')
  const copied = readBytes(readerOf(body))
  body.fill(0)
  assert.deepStrictEqual(copied, new Uint8Array([1, 2]))
  assert.equal(copied.buffer.byteLength, 2)
})
