import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonObject, parseLine } from './parse-line.ts'

test('whole numbers past a double keep all their digits, wherever they stand', () => {
  const line = '{"a":12345678901234567890,"b":[-9007199254740993,1],"c":{"d":9007199254740993}}'
  assert.deepEqual(parseLine(line), {
    a: 12345678901234567890n,
    b: [-9007199254740993n, 1],
    c: { d: 9007199254740993n },
  })
})

const TEXTS = ['"a":12345678901234567890,', '\\"12345678901234567890\\"', '\0bigint:x', '[12345678901234567890]']
test('digits in a text stay text, and so does what looks like our mark', () => {
  for (const text of TEXTS) {
    assert.deepEqual(parseLine(JSON.stringify({ text, n: 1 }).replace('"n":1', '"n":12345678901234567890')), {
      text,
      n: 12345678901234567890n,
    })
  }
})

test('numbers with a fraction or an exponent are doubles', () => {
  assert.deepEqual(parseLine('{"a":12345678901234567.5,"b":1234567890123456e2,"c":12345678901234567}'), {
    a: Number('12345678901234567.5'),
    b: 1234567890123456e2,
    c: 12345678901234567n,
  })
})

test('a fraction with many digits beside a long whole number stays one', () => {
  assert.deepEqual(parseLine('{"a":-0.0000010000000000000002,"b":12345678901234567890}'), {
    a: -0.0000010000000000000002,
    b: 12345678901234567890n,
  })
})

test('a line of megabytes, however it is escaped, is read', () => {
  for (const fill of ['x', '\n', '"']) {
    const text = fill.repeat(5_000_000)
    const read = parseLine(JSON.stringify({ text, n: 1 }).replace('"n":1', '"n":12345678901234567890'))
    assert.ok(read !== undefined && read.text === text && Number(read.n) === Number('12345678901234567890'))
  }
})

test('what is no object of JSON is undefined', () => {
  for (const line of ['', '{', '[]', '1', 'null', '"x"', '{"a":12345678901234567890']) {
    assert.equal(parseLine(line), undefined)
  }
})

test('any JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), object => {
      // -0 is 0 in JSON, and a long whole number is read as a bigint.
      const line = JSON.stringify(object)
      const read = JSON.stringify(parseLine(line), (_key, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      )
      assert.equal(read, JSON.stringify(JSON.parse(line) as JsonObject)) // an object above
    }),
    { numRuns: 500 },
  )
})
