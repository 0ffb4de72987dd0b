import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrapped } from './wrap.ts'

test('lines break between words, go on below their beginning, and a word that is too wide stays whole', () => {
  assert.deepEqual(wrapped('  one two three', 9, '    '), ['  one two', '    three'])
  assert.deepEqual(wrapped('short', 9), ['short'])
  assert.deepEqual(wrapped('id 0123456789abcdef end', 10, '   '), ['id', '   0123456789abcdef', '   end'])
  assert.deepEqual(
    wrapped('a 付款失败 b', 6),
    ['a', '付款失败', 'b'].flatMap((one, i) => (i === 0 ? [one] : [one])),
  )
})
