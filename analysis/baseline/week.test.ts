import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { driftOf } from './drift.ts'
import { hourOfWeek, SLOTS, weekOf } from './week.ts'

const HOUR = 3_600_000
/** A Monday, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 9, 5)
const hours = (count: number, valueAt: (hour: number) => number) =>
  Array.from({ length: count }, (_, hour) => ({ time: MONDAY + hour * HOUR, value: valueAt(hour) }))
/** A week with days and nights, and a little noise that a number fixes. */
const weekly = (hour: number) => (hour % 24 < 8 ? 100 : 500) + (hour % 168 >= 120 ? -50 : 0) + ((hour * 37) % 11) - 5

describe('levels by hour of the week', () => {
  test('slot 0 is Monday at midnight, UTC', () => {
    assert.equal(hourOfWeek(MONDAY), 0)
    assert.equal(hourOfWeek(MONDAY + 167 * HOUR + 1), 167)
    assert.equal(hourOfWeek(MONDAY + 168 * HOUR), 0)
  })

  test('after 30 days each hour of the week has a level of its own', () => {
    const week = weekOf(hours(30 * 24, weekly), [])
    assert.equal(week.length, SLOTS)
    assert.ok(week.every(level => level?.ground === 'hour_of_week'))
    assert.ok(Math.abs(week[3]!.median - 100) <= 6)
    assert.ok(Math.abs(week[12]!.median - 500) <= 6)
    assert.ok(Math.abs(week[5 * 24 + 12]!.median - 450) <= 6)
  })

  test('after one hour there is a level, after three days one by hour of the day', () => {
    assert.deepEqual([...new Set(weekOf(hours(1, weekly), []).map(level => level?.ground))], ['recent'])
    assert.deepEqual([...new Set(weekOf(hours(72, weekly), []).map(level => level?.ground))], ['hour_of_day'])
    assert.deepEqual([...new Set(weekOf([], []))], [undefined])
  })

  test('a known incident is no part of it, and an unknown one of a few hours moves nothing', () => {
    const broken = hours(30 * 24, hour => (hour >= 300 && hour < 305 ? 50_000 : weekly(hour)))
    const known = weekOf(broken, [{ from: MONDAY + 300 * HOUR, until: MONDAY + 305 * HOUR }])
    const unknown = weekOf(broken, [])
    const slot = 300 % 168
    assert.equal(known[slot]!.count, 3)
    assert.ok(known[slot]!.p95 < 510)
    assert.ok(Math.abs(unknown[slot]!.median - known[slot]!.median) <= 6)
  })

  test('drift is three robust deviations, and as much as anybody cares for', () => {
    const [level] = weekOf(hours(30 * 24, weekly), [])
    const rule = { sigmas: 3, changeMin: 0.2, worse: 'up' } as const
    assert.equal(driftOf(104, level, rule), undefined)
    assert.equal(driftOf(112, level, rule), undefined)
    const drift = driftOf(140, level, rule)
    assert.ok(drift !== undefined && drift.z > 3 && Math.abs(drift.change - 0.4) < 0.06)
    assert.equal(driftOf(20, level, rule), undefined, 'less is not worse')
    assert.ok(driftOf(20, level, { ...rule, worse: 'both' }) !== undefined)
  })

  test('a slow rise that each minute hides is seen against the weeks before', () => {
    const week = weekOf(hours(28 * 24, weekly), [])
    const found = Array.from({ length: 48 }, (_, i) => {
      const time = MONDAY + (28 * 24 + i) * HOUR
      return driftOf(weekly(28 * 24 + i) * 1.02 ** i, week[hourOfWeek(time)], {
        sigmas: 3,
        changeMin: 0.2,
        worse: 'up',
      })
    })
    const first = found.findIndex(drift => drift !== undefined)
    assert.ok(first >= 8 && first <= 14, `hour ${first}`)
  })
})
