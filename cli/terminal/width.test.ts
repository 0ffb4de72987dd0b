import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, cutTo, fitted } from './width.ts'

test('text takes the cells that a terminal gives it: wide letters two, what is put on a letter none', () => {
  for (const [text, cells] of [
    ['abc', 3],
    ['Grüße', 5],
    ['u\u0308', 1],
    ['你好', 4],
    ['한글', 4],
    ['👍', 2],
    ['👩‍👩‍👧', 2],
    ['█░─', 3],
  ] as const) {
    assert.equal(cellsOf(text), cells, text)
  }
  assert.equal(cutTo('你好吗', 4), '你…')
  assert.equal(cutTo('abc', 3), 'abc')
  assert.equal(fitted('你好吗', 5), '你好…')
  assert.equal(fitted('7', 3, true), '  7')
})
