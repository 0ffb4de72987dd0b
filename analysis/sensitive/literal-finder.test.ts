import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLiteralFinder, type Literal } from './literal-finder.ts'

const literals: Literal[] = [
  { text: 'ghp_', bits: 1 },
  { text: 'gho_', bits: 1 },
  { text: 'eyJ', bits: 2 },
  { text: '://', bits: 4 },
  { text: 'abc', bits: 8 },
  { text: 'abba', bits: 16 },
  { text: 'xqzabc', bits: 32 },
]
const find = createLiteralFinder(literals)
const expected = (text: string) => literals.reduce((bits, l) => (text.includes(l.text) ? bits | l.bits : bits), 0)

test('reports the bits of every literal in the text, wherever it stands', () => {
  for (const text of [
    '',
    'a',
    'ghp_',
    ' gho',
    'xgho_',
    'eyJ://',
    ':/',
    'aabba',
    'abb',
    'aabc',
    'ghghp_',
    'é abc 𝛼 eyJ',
  ]) {
    assert.equal(find(text), expected(text), JSON.stringify(text))
  }
})

test('agrees with String.includes on any text', () => {
  const piece = fc.constantFrom(...literals.map(l => l.text), 'g', 'h', 'a', 'b', 'c', ':', '/', 'e', 'y', ' ')
  const text = fc.oneof(
    fc.array(piece).map(parts => parts.join('')),
    fc.string(),
  )
  fc.assert(fc.property(text, text => assert.equal(find(text), expected(text))))
})

test('finds a literal across the border of its window, however long the text', () => {
  for (const at of [16_380, 16_381, 16_382, 16_383, 16_384, 49_000]) {
    assert.equal(find(`${'x'.repeat(at)}ghp_${'x'.repeat(40_000)}`), 1, String(at))
  }
})

test('never misses a literal next to characters outside Latin-1', () => {
  assert.equal(find('日本語ghp_日本語') & 1, 1)
})

test('does not see what an earlier text has left in its window', () => {
  assert.equal(find('xqzabc'), 8 | 32)
  assert.equal(find('xqzab'), 0)
})
