import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hex } from '../../../tests/otlp/bytes.ts'
import { Budget } from './budget.ts'
import * as faults from './faults.ts'
import { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'

function skipOne(bytes: Buffer, known = 0): number {
  const reader = new Reader(bytes, new Budget(bytes.length, { maxNesting: 32, maxRecords: 10 }))
  skipUnknown(reader, reader.tag(), known)
  return reader.pos
}

describe('an unknown field is passed over, to the byte', () => {
  const cases: [string, string][] = [
    ['varint', '08 96 01'],
    ['varint of ten bytes', '08 ff ff ff ff ff ff ff ff ff 01'],
    ['64 bits', '09 01 02 03 04 05 06 07 08'],
    ['length-delimited', '0a 02 ff ff'],
    ['empty', '0a 00'],
    ['32 bits', '0d 01 02 03 04'],
    ['a high field number', 'fa ff ff ff 0f 01 00'],
    ['an empty group', '0b 0c'],
    ['a group with every wire type', '0b 08 01 11 01 02 03 04 05 06 07 08 1a 01 0c 25 01 02 03 04 0c'],
    ['groups in groups', '0b 13 1b 08 01 1c 14 13 14 0c'],
    ['a group in a group of the same number', '0b 0b 0c 0c'],
    ['100 groups in each other', `${'0b '.repeat(100)}${'0c '.repeat(100)}`],
  ]
  for (const [name, bytes] of cases) {
    test(name, () => assert.equal(skipOne(Buffer.concat([hex(bytes), hex('08 01')])), hex(bytes).length))
  }
})

describe('a field that cannot be passed over is a fault', () => {
  const cases: [string, string, Error][] = [
    ['varint that breaks off', '08 96', faults.TRUNCATED],
    ['varint without end', '08 ff ff ff ff ff ff ff ff ff ff 01', faults.BAD_VARINT],
    ['64 bits that break off', '09 01 02 03 04 05 06 07', faults.TRUNCATED],
    ['32 bits that break off', '0d 01 02 03', faults.TRUNCATED],
    ['length past the end', '0a 02 ff', faults.TRUNCATED],
    ['wire type 6', '0e', faults.BAD_TAG],
    ['wire type 7', '0f', faults.BAD_TAG],
    ['end of a group that was not begun', '0c', faults.BAD_GROUP],
    ['group without end', '0b 08 01', faults.TRUNCATED],
    ['group with the end of another', '0b 14', faults.BAD_GROUP],
    ['groups closed crosswise', '0b 13 0c 14', faults.BAD_GROUP],
    ['wire type 7 in a group', '0b 0f 0c', faults.BAD_TAG],
    ['101 groups in each other', `${'0b '.repeat(101)}${'0c '.repeat(101)}`, faults.TOO_DEEP],
  ]
  for (const [name, bytes, fault] of cases) {
    test(name, () =>
      assert.throws(
        () => skipOne(hex(bytes)),
        error => error === fault,
      ),
    )
  }
})

test('a known field with a wire type that is not its own is a fault, not unknown', () => {
  assert.throws(
    () => skipOne(hex('08 01'), fields(1)),
    error => error === faults.WRONG_WIRE_TYPE,
  )
  assert.throws(
    () => skipOne(hex('fd 01 01 02 03 04'), fields(31)),
    error => error === faults.WRONG_WIRE_TYPE,
  )
  assert.equal(skipOne(hex('08 01'), fields(2)), 2)
  assert.equal(skipOne(hex('88 02 01'), fields(1)), 3, 'field 33 is not field 1')
})

test('a group without end does not run into what comes after its message', () => {
  const bytes = hex('01 0b', '0c')
  const reader = new Reader(bytes, new Budget(bytes.length, { maxNesting: 32, maxRecords: 10 }))
  reader.open()
  assert.throws(
    () => skipUnknown(reader, reader.tag(), 0),
    error => error === faults.TRUNCATED,
  )
})
