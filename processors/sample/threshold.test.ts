import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomnessOf, thresholdOf, withThreshold } from './threshold.ts'

test('a percentage is the share of the 56-bit randomness at or above its threshold', () => {
  assert.equal(thresholdOf(100), '00000000000000')
  assert.equal(thresholdOf(50), '80000000000000')
  assert.equal(thresholdOf(25), 'c0000000000000')
  assert.equal(thresholdOf(1), 'fd70a3d70a3d70')
  assert.equal(thresholdOf(0), undefined)
})

test('randomness is the rv of the trace state, else the end of the trace id', () => {
  const traceId = '0123456789abcdef0123456789abcdef'
  assert.equal(randomnessOf(traceId, ''), '23456789abcdef')
  assert.equal(randomnessOf(traceId, 'a=1,ot=th:8'), '23456789abcdef')
  assert.equal(randomnessOf(traceId, 'a=1, ot=th:8;rv:00000000000001 ,b=2'), '00000000000001')
  assert.equal(randomnessOf(traceId, 'ot=rv:short'), '23456789abcdef')
})

const RANDOM = 'f0000000000000'
const HALF = '80000000000000'
const MANY = Array.from({ length: 32 }, (_, i) => `v${i}=1`)

const STATES: readonly (readonly [before: string, after: string])[] = [
  ['', 'ot=th:8'],
  ['a=1,b=2', 'ot=th:8,a=1,b=2'],
  ['a=1,ot=th:4;xy:z', 'ot=th:8;xy:z,a=1'],
  ['ot=th:c', 'ot=th:c'],
  ['ot=th:f8;xy:z,a=1', 'ot=xy:z,a=1'],
  ['ot=th:f8', ''],
  ['ot=th:0', 'ot=th:8'],
  ['ot=th:none', 'ot=th:8'],
  [MANY.join(','), ['ot=th:8', ...MANY.slice(0, 31)].join(',')],
]

test('the trace state of a kept span tells the highest threshold that it passed', () => {
  for (const [before, after] of STATES) assert.equal(withThreshold(before, RANDOM, HALF), after)
  assert.equal(withThreshold('', RANDOM, '00000000000000'), 'ot=th:0')
})
