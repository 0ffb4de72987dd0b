import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certaintyOf, doubtOf, isRelevant } from './certainty.ts'

const among = (count: number) => ({ mean: 0.1, deviation: 0.1, count })

test('the more is stored, the further a hit has to stand out', () => {
  assert.equal(certaintyOf(6.5, among(200)), 'high')
  assert.equal(certaintyOf(6.5, among(100_000)), 'medium')
  assert.equal(certaintyOf(2, among(200)), 'low')
})

test('a name that is found as it was typed is sure, with vectors or without', () => {
  assert.equal(certaintyOf(2 + 2 + 3, undefined), 'high')
  assert.equal(certaintyOf(2 + 2 + 2 + 3, among(10_000)), 'high')
})

test('what is no nearer than most is left out, and an answer without a sure hit says so', () => {
  const match = { rank: 1, measure: 0.1 }
  assert.equal(isRelevant({ score: 1, matched: { meaning: match } }), false)
  assert.equal(isRelevant({ score: 1, matched: { words: match } }), true, 'a word in common')
  assert.match(doubtOf('low')!, /nothing .* clearly/)
  assert.equal(doubtOf('medium'), undefined)
})
