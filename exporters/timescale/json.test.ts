import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AttributeValue } from '../../pipeline/model/index.ts'
import { ArenaPool } from './arena.ts'
import { CopyBuffer } from './copy-buffer.ts'
import { JsonWriter } from './json.ts'
import { KeyCache } from './promoted.ts'
import { anyAttributes, anyValue, asStored } from './testing/arbitraries.ts'
import { exactJson } from './testing/exporter.ts'
import { attributes } from './testing/records.ts'

const out = new CopyBuffer(new ArenaPool())
const json = new JsonWriter(out, new KeyCache())

/** The JSON text of a jsonb field, checked for its length and version. */
function written(write: () => void): string {
  out.open(0)
  write()
  const { arena, start, end } = out.close(1)
  out.release({ arena, start, end, rows: 1 })
  assert.equal(arena.view.getInt32(start), end - start - 4)
  assert.equal(arena.bytes[start + 4], 1)
  return arena.bytes.toString('utf8', start + 5, end)
}

const CASES: readonly (readonly [AttributeValue, string])[] = [
  ['', '""'],
  ['plain', '"plain"'],
  ['a text too long for the loop', '"a text too long for the loop"'],
  ['"\\/\b\f\n\r\t\u001f\u007f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u001f\u007f"'],
  ['a long text with a "quote" in it', String.raw`"a long text with a \"quote\" in it"`],
  ['a long text with\na line break', String.raw`"a long text with\na line break"`],
  ['grüße 😀', '"grüße 😀"'],
  ['\0', '"\ufffd"'],
  ['\ud800 alone', '"\ufffd alone"'],
  ['a lone \udc00 in a long text, too', '"a lone \ufffd in a long text, too"'],
  [0n, '0'],
  [-7n, '-7'],
  [2n ** 53n, '9007199254740992'],
  [2n ** 63n - 1n, '9223372036854775807'],
  [-(2n ** 63n), '-9223372036854775808'],
  [0.1, '0.1'],
  [-0, '0'],
  [1e21, '1e+21'],
  [Number.NaN, '"NaN"'],
  [Infinity, '"Infinity"'],
  [-Infinity, '"-Infinity"'],
  [true, 'true'],
  [false, 'false'],
  [null, 'null'],
  [new Uint8Array([255, 254]), '"//4="'],
  [new Uint8Array(), '""'],
  [[], '[]'],
  [['a', [1n], null], '["a",[1],null]'],
  [attributes({}), '{}'],
  [attributes({ a: attributes({ b: 'c' }), 'd"': 1n }), String.raw`{"a":{"b":"c"},"d\"":1}`],
]

for (const [value, text] of CASES) {
  test(`${text.slice(0, 60)} is written for ${typeof value}`, () => {
    assert.equal(
      written(() => json.valueField(value)),
      text,
    )
  })
}

test('any value can be read back from its JSON', () => {
  fc.assert(
    fc.property(anyValue, value => {
      assert.deepEqual(exactJson(written(() => json.valueField(value))), asStored(value))
    }),
    { numRuns: 500 },
  )
})

test('any attributes can be read back from their JSON, with keys known or new', () => {
  fc.assert(
    fc.property(anyAttributes, value => {
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(exactJson(written(() => json.attributesField(value))), asStored(value))
      }
    }),
  )
})

test('values larger than an arena, and a thousand attributes, are whole', () => {
  const large = attributes(
    Object.fromEntries([
      ['large', 'ä"'.repeat(3_000_000)],
      ...Array.from({ length: 1000 }, (_, i) => [`k${i}`, BigInt(i)]),
    ]),
  )
  assert.deepEqual(exactJson(written(() => json.attributesField(large))), asStored(large))
})

test('keys that senders make up do not fill the cache for ever', () => {
  const keys = new KeyCache()
  const first = keys.get('first')
  assert.equal(keys.get('first'), first)
  for (let i = 0; i < 5_000; i++) keys.get(`made up ${i}`)
  assert.notEqual(keys.get('first'), first)
  const long = 'k'.repeat(1_000)
  assert.notEqual(keys.get(long), keys.get(long))
})
