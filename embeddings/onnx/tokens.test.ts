import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenizerJson, VOCABULARY, wordPieces } from '../testing/vocabulary.ts'
import { openTokenizer, padded } from './tokens.ts'

const CLS = VOCABULARY.indexOf('[CLS]')
const SEP = VOCABULARY.indexOf('[SEP]')
const options = { tokenizer: tokenizerJson(), tokenizerConfig: {}, maxTokens: 16, lowerCase: false }
const tokenize = openTokenizer(options)

const texts = [
  'payment timed out in checkout',
  'payments, connections: refused!',
  'error 503 (bad gateway)',
  'a',
  '',
  'x'.repeat(120),
  'the user of the database was not found in time and the disk is full of memory errors',
]
for (const text of texts) {
  test(`the ids of ${JSON.stringify(text.slice(0, 40))} are those of greedy longest match`, () => {
    assert.deepEqual(tokenize(text), wordPieces(text, 16))
  })
}

test('a long text is cut before its last special token, never through it', () => {
  const ids = tokenize('time '.repeat(5_000))
  assert.equal(ids.length, 16)
  assert.deepEqual([ids[0], ids.at(-1)], [CLS, SEP])
})

test('a tokenizer that adds nothing gets nothing added', () => {
  const bare = openTokenizer({ ...options, tokenizer: { ...tokenizerJson(), post_processor: null } })
  assert.deepEqual(bare('payment time'), wordPieces('payment time', 16).slice(1, -1))
})

test('a model that wants lower case gets it', () => {
  const cased = { ...tokenizerJson(), normalizer: null }
  const lowered = openTokenizer({ ...options, tokenizer: cased, lowerCase: true })
  assert.deepEqual(lowered('PAYMENT Time'), wordPieces('payment time', 16))
})

test('a batch is padded on the right to its longest text, and the mask tells what is text', () => {
  const batch = padded([[1, 2, 3], [4]], 9)
  assert.deepEqual(batch, {
    ids: Int32Array.of(1, 2, 3, 4, 9, 9),
    mask: Int32Array.of(1, 1, 1, 1, 0, 0),
    sequence: 3,
    lengths: [3, 1],
  })
})
