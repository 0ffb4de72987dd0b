import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysUntilFull, growthADay } from './growth.ts'

const DAY = 24 * 3_600_000
const now = 100.5 * DAY
const day = (n: number, bytes: number) => ({ from: n * DAY, to: (n + 1) * DAY, bytes })

test('the pace is that of the last week, the day of now counted as far as it has come', () => {
  const steady = Array.from({ length: 101 }, (_, n) => day(n, n === 100 ? 500 : 1000))
  assert.equal(Math.round(growthADay(steady, now, 0)), 1000)
  assert.equal(growthADay([], now, undefined), 0)
  // Partitions ahead, and an old heap of no known beginning, tell nothing of the pace.
  const odd = [day(101, 0), { from: -Infinity, to: 90 * DAY, bytes: 1e9 }]
  assert.equal(Math.round(growthADay([...steady.slice(90), ...odd], now, 0)), 1000)
})

test('a store that began today grows by what came since, not by what the day holds so far', () => {
  assert.equal(Math.round(growthADay([day(100, 600)], now, now - DAY / 4)), 2400)
  assert.equal(Math.round(growthADay([day(100, 600)], now, now - 1000)), 600 * 24)
})

test('the disk is full when the pace has used it up, and never where expiry keeps the size', () => {
  const table = { bytesADay: 100, keepDays: 30, ageDays: 0 }
  assert.equal(daysUntilFull([table], 950), 10)
  assert.equal(daysUntilFull([table], 3000), undefined)
  assert.equal(daysUntilFull([{ ...table, ageDays: 30 }], 1), undefined)
  assert.equal(daysUntilFull([table, { ...table, keepDays: 90, ageDays: 20 }], 6500), 36)
})
