import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as faults from '../faults.ts'
import * as scalars from './scalars.ts'

const NAMES = new Map([['KIND_B', 2]])
const enumeration = (value: unknown) => scalars.enumeration(value, NAMES)
const traceId = (value: unknown) => scalars.id(value, 16)
const spanId = (value: unknown) => scalars.id(value, 8)
const spanIdIfValid = (value: unknown) => scalars.idIfValid(value, 8)
const { bool, bytes, count, double, int32, int64, optionalDouble, text, time, uint32 } = scalars

type Read = (value: unknown) => unknown

describe('a value is read as protobuf writes its type in JSON', () => {
  const cases: [string, Read, unknown, unknown][] = [
    ['no text', text, undefined, ''],
    ['text', text, 'a\0ü', 'a\0ü'],
    ['a lone surrogate', text, 'a\ud800', 'a\ufffd'],
    ['no bool', bool, undefined, false],
    ['bool', bool, true, true],
    ['no double', double, undefined, 0],
    ['double', double, 1.5, 1.5],
    ['double as text', double, '-1.5e3', -1500],
    ['NaN', double, 'NaN', Number.NaN],
    ['Infinity', double, 'Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', double, '-Infinity', Number.NEGATIVE_INFINITY],
    ['no optional double', optionalDouble, undefined, undefined],
    ['optional double of 0', optionalDouble, 0, 0],
    ['no int32', int32, undefined, 0],
    ['int32 min', int32, -0x8000_0000, -0x8000_0000],
    ['int32 as text', int32, '7', 7],
    ['int32 as 1.0', int32, '1.0', 1],
    ['int32 -0', int32, -0, 0],
    ['uint32 max', uint32, 0xffff_ffff, 0xffff_ffff],
    ['no int64', int64, undefined, 0n],
    ['int64', int64, 5, 5n],
    ['int64 -0', int64, -0, 0n],
    ['int64 as text', int64, '-9223372036854775808', -(2n ** 63n)],
    ['int64 max', int64, '9223372036854775807', 2n ** 63n - 1n],
    ['int64 with an exponent', int64, '1e3', 1000n],
    ['time', time, '1767225600000000001', 1767225600000000001n],
    ['count', count, 3, 3n],
    ['no enum', enumeration, undefined, 0],
    ['enum', enumeration, 2, 2],
    ['an enum value of the future', enumeration, 99, 99],
    ['enum by name', enumeration, 'KIND_B', 2],
    ['no bytes', bytes, undefined, new Uint8Array(0)],
    ['base64', bytes, '+/8=', new Uint8Array([0xfb, 0xff])],
    ['base64 for URLs, not padded', bytes, '-_8', new Uint8Array([0xfb, 0xff])],
    ['no id', traceId, undefined, ''],
    ['an empty id', traceId, '', ''],
    ['hex in either case', traceId, '5B8EFFF798038103d269b633813fc60c', '5b8efff798038103d269b633813fc60c'],
    ['an id of zeroes', spanId, '0000000000000000', ''],
    ['an id where only a valid one counts', spanIdIfValid, 'EEE19B7EC3C1B174', 'eee19b7ec3c1b174'],
    ['a bad id where only a valid one counts', spanIdIfValid, 'EEE19B7EC3C1B1', ''],
    ['zeroes where only a valid id counts', spanIdIfValid, '0000000000000000', ''],
  ]
  for (const [name, read, value, expected] of cases) {
    test(name, () => assert.deepStrictEqual(read(value), expected))
  }
})

describe('a value that is not of its type is a fault', () => {
  const { BAD_BASE64, BAD_NUMBER, BAD_SPAN_ID, BAD_TRACE_ID, UNKNOWN_ENUM, WRONG_JSON_TYPE } = faults
  const { COUNT_OUT_OF_RANGE, NUMBER_OUT_OF_RANGE, TIME_OUT_OF_RANGE } = faults
  const cases: [string, Read, unknown, Error][] = [
    ['text as a number', text, 5, WRONG_JSON_TYPE],
    ['text as an object', text, {}, WRONG_JSON_TYPE],
    ['bool as text', bool, 'true', WRONG_JSON_TYPE],
    ['double as bool', double, true, WRONG_JSON_TYPE],
    ['double as a list', double, [1], WRONG_JSON_TYPE],
    ['double as empty text', double, '', BAD_NUMBER],
    ['double in hex', double, '0x10', BAD_NUMBER],
    ['double with a space', double, ' 1', BAD_NUMBER],
    ['double as "inf"', double, 'inf', BAD_NUMBER],
    ['a double past its range', double, Number.POSITIVE_INFINITY, NUMBER_OUT_OF_RANGE],
    ['the same as text', double, '1e999', NUMBER_OUT_OF_RANGE],
    ['int32 with a fraction', int32, 1.5, BAD_NUMBER],
    ['int32 past its range', int32, 0x8000_0000, NUMBER_OUT_OF_RANGE],
    ['int32 NaN', int32, 'NaN', BAD_NUMBER],
    ['uint32 below 0', uint32, -1, NUMBER_OUT_OF_RANGE],
    ['uint32 past its range', uint32, 0x1_0000_0000, NUMBER_OUT_OF_RANGE],
    ['int64 with a fraction', int64, '1.5', BAD_NUMBER],
    ['int64 past its range', int64, '9223372036854775808', NUMBER_OUT_OF_RANGE],
    ['int64 below its range', int64, '-9223372036854775809', NUMBER_OUT_OF_RANGE],
    ['int64 of a million digits', int64, '9'.repeat(1_000_000), NUMBER_OUT_OF_RANGE],
    ['int64 as an object', int64, {}, WRONG_JSON_TYPE],
    ['time below 0', time, '-1', BAD_NUMBER],
    ['time past 2262', time, '9223372036854775808', TIME_OUT_OF_RANGE],
    ['time past 2262 with an exponent', time, 1e19, TIME_OUT_OF_RANGE],
    ['count below 0', count, -1, BAD_NUMBER],
    ['count past int64', count, '18446744073709551615', COUNT_OUT_OF_RANGE],
    ['an unknown enum name', enumeration, 'KIND_C', UNKNOWN_ENUM],
    ['an enum as an object', enumeration, {}, WRONG_JSON_TYPE],
    ['bytes as a number', bytes, 5, WRONG_JSON_TYPE],
    ['bytes that are not base64', bytes, 'a*b=', BAD_BASE64],
    ['one character of base64', bytes, 'A', BAD_BASE64],
    ['trace id in base64', traceId, 'W47/95gDgQPSabYzgT/GDA==', BAD_TRACE_ID],
    ['trace id too short', traceId, '5b8efff798038103d269b633813fc60', BAD_TRACE_ID],
    ['a span id that is not hex', spanId, 'eee19b7ec3c1b17x', BAD_SPAN_ID],
    ['id as a number', spanId, 5, WRONG_JSON_TYPE],
  ]
  for (const [name, read, value, fault] of cases) {
    test(name, () =>
      assert.throws(
        () => read(value),
        error => error === fault,
      ),
    )
  }
})
