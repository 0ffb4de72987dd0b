import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datable, inAnotherUnit } from './datable.ts'

const RECEIVED = 1_795_255_200_123_456_789n
const DAY = 86_400_000_000_000n

test('a record out of the range that rows are dated in has the time of its receipt', () => {
  for (const near of [631_152_000_000_000_000n, RECEIVED, RECEIVED + DAY]) assert.equal(datable(near, RECEIVED), near)
  for (const far of [-1n, 0n, 1n, RECEIVED / 1_000_000n, -62_135_596_800_000_000_000n, RECEIVED + 2n * DAY, 2n ** 64n])
    assert.equal(datable(far, RECEIVED), RECEIVED)
})

test('seconds, milliseconds and microseconds are read as what they are, where that comes near; nothing else is guessed', () => {
  for (const unit of [1_000n, 1_000_000n, 1_000_000_000n])
    assert.equal(inAnotherUnit(RECEIVED / unit, RECEIVED), (RECEIVED / unit) * unit)
  for (const other of [0n, 1n, 11_651_379_494_838_206_464n, (RECEIVED - 3n * DAY) / 1_000_000n])
    assert.equal(inAnotherUnit(other, RECEIVED), undefined)
})
