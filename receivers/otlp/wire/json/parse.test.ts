import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from './parse.ts'

function parse(text: string): unknown {
  return parseJson(Buffer.from(text))
}

describe('integers that JavaScript numbers would round arrive as their digits, all else as JSON.parse has it', () => {
  const cases: [string, unknown][] = [
    ['123456789012345', 123456789012345],
    ['9007199254740993', '9007199254740993'],
    ['1767225600000000001', '1767225600000000001'],
    ['-9223372036854775808', '-9223372036854775808'],
    [' 1767225600000000001 ', '1767225600000000001'],
    ['[1767225600000000001,-1767225600000000001]', ['1767225600000000001', '-1767225600000000001']],
    ['{"a":1767225600000000001,"b":{"c":1}}', { a: '1767225600000000001', b: { c: 1 } }],
    ['"1767225600000000001"', '1767225600000000001'],
    ['"a 1767225600000000001 b"', 'a 1767225600000000001 b'],
    ['"\\"1767225600000000001"', '"1767225600000000001'],
    ['["\\\\",1767225600000000001]', ['\\', '1767225600000000001']],
    ['0.1234567890123456789', 0.12345678901234568],
    ['1234567890123456.5', 1234567890123456.5],
    ['1234567890123456e2', 1234567890123456e2],
    ['12345678901234567890E-3', 12345678901234568],
    ['1e-1234567890123456789', 0],
    ['"\\u00e9ü\\n"', 'éü\n'],
  ]
  for (const [text, expected] of cases) {
    test(text, () => assert.deepStrictEqual(parse(text), expected))
  }

  test('any JSON without such integers, in any layout', () => {
    const values = fc.jsonValue().filter(value => !/\d{16}/.test(JSON.stringify(value)))
    fc.assert(
      fc.property(values, fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        assert.deepStrictEqual(parse(text), JSON.parse(text))
      }),
    )
  })

  test('any integer', () => {
    fc.assert(
      fc.property(fc.bigInt(), integer => assert.equal(BigInt(parse(`[${integer}]`)?.toString() ?? ''), integer)),
    )
  })
})

describe('what is not JSON is a malformed request', () => {
  const texts = [
    '',
    ' ',
    '{',
    '[1,]',
    '"abc',
    '"abc\\',
    '01767225600000000001',
    '-',
    '1767225600000000001x',
    '{"a"}',
    '\0',
  ]
  for (const text of texts) {
    test(JSON.stringify(text), () => assert.throws(() => parse(text), { name: 'MalformedRequestError' }))
  }
})

test('brackets nest up to 1000 deep, and a bomb of them is refused before it is unpacked', () => {
  assert.ok(Array.isArray(parse('['.repeat(1000) + ']'.repeat(1000))))
  assert.throws(() => parse('['.repeat(1001) + ']'.repeat(1001)), /nests deeper than 1000 levels/)
  assert.throws(() => parse('{"a":'.repeat(1001)), /nests deeper/)
  assert.throws(() => parse('['.repeat(5_000_000)), /nests deeper/)
  assert.deepEqual(parse(`[${'[],'.repeat(2000)}"${'['.repeat(2000)}"]`), [...Array(2000).fill([]), '['.repeat(2000)])
})

test('bytes that are not UTF-8 become U+FFFD', () => {
  assert.equal(parseJson(Buffer.from([0x22, 0x61, 0xff, 0x22])), 'a\ufffd')
})
